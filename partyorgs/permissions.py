"""What may be done with party organisations."""

from common.permissions import declare

PARTY_VIEW = declare("partyorgs.view", "查看党组织")
PARTY_MANAGE = declare("partyorgs.manage", "维护党组织")
