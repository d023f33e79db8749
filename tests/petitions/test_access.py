"""Every address about a ticket: 404 for people of another place, whatever the method, and nothing changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from petitions.models import Attachment, Petition, SupervisionCard
from petitions.services.attachments import petition_attach
from petitions.services.chase import sweep
from petitions.workflow import FLOW
from tests.contracts.addresses import ADDRESSES
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(200) + b"\xff\xd9"


def about_tickets() -> list[tuple[str, str]]:
    found = [
        (name, address.pattern) for name, address in ADDRESSES.items()
        if name.startswith("petitions") and "<int:pk>" in address.pattern
    ]  # fmt: skip
    return [(name, path) for name, path in found if name != "petitions:category"]  # reference data, by permission


def test_no_address_opens_another_places_ticket(desk, client_for):
    petition = desk.bring_to("dispatched")
    petition_attach(petition=petition, actor=desk.user("community_worker"), files=[SimpleUploadedFile("a.jpg", JPEG)])
    sweep(timezone.now() + timedelta(days=3))
    card = SupervisionCard.objects.exclude(level="reminder").first()
    keys = {"petitions:file": Attachment.objects.get().pk, "petitions-api-attachment": Attachment.objects.get().pk,
            "petitions:answer-card": card.pk}  # fmt: skip
    before = Petition.objects.filter(pk=petition.pk).values_list("event_seq", "state", "due_at").get()
    outsider = client_for(make_user("street_officer", desk.tree.other_street))
    insider = client_for(desk.user("street_officer"))
    routes = about_tickets()
    assert len(routes) > len(FLOW.actions) + 10
    for name, pattern in routes:
        path = pattern.replace("<int:pk>", str(keys.get(name, petition.pk)))
        path = "/" + path.replace("<slug:action>", "sign").replace("<slug:field>", "phone")
        seen = {outsider.get(path).status_code, outsider.post(path, {"reason": "好奇", "answer": "x"}).status_code}
        assert seen <= {404, 405}, (name, seen)
        assert 404 in seen, name
        assert insider.get(path).status_code != 404, f"{name}: the test asks for something that is not there"
    assert Petition.objects.filter(pk=petition.pk).values_list("event_seq", "state", "due_at").get() == before
