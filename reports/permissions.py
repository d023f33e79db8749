"""What may be done with reports."""

from common.permissions import declare

VIEW = declare("reports.view", "查看统计报表")
