"""Tables of volunteer service."""

from volunteers.models.activities import Activity, ActivityRole, Participation, ServiceRecord
from volunteers.models.honours import Certificate, Nomination, StarAward
from volunteers.models.ledger import Account, Entry, Line, PointsRequest, Programme
from volunteers.models.orders import CareRecipient, MenuItem, Order, OrderPerson, Provider, VisitDuty
from volunteers.models.partners import Agreement, PartnerService
from volunteers.models.people import Membership, Team, Volunteer, VolunteerPerson
from volunteers.models.shop import Price, Product, Redemption, Settlement, Shop, StockMove

__all__ = [
    "Account",
    "Activity",
    "ActivityRole",
    "Agreement",
    "CareRecipient",
    "Certificate",
    "Entry",
    "Line",
    "Membership",
    "MenuItem",
    "Nomination",
    "Order",
    "OrderPerson",
    "Participation",
    "PartnerService",
    "PointsRequest",
    "Price",
    "Product",
    "Programme",
    "Provider",
    "Redemption",
    "ServiceRecord",
    "Settlement",
    "Shop",
    "StarAward",
    "StockMove",
    "Team",
    "VisitDuty",
    "Volunteer",
    "VolunteerPerson",
]
