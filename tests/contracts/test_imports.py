"""What every import does: a template whose own example comes in, once, only inside the scope; a wrong file says why."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import ROLE_RULES
from common import jobs
from common.imports import registry
from common.models import ImportBatch
from grid.models import Unit
from tests.contracts.staff import growth
from tests.contracts.world import READERS, World, changed_since, contents, make_party, stranger_to

pytestmark = pytest.mark.django_db

SPECS = {spec.key: spec for spec in registry.all_specs()}
every_import = pytest.mark.parametrize("key", SPECS)
# What an import needs to find, or not to find, for the example of its template to come in.
READY: dict[str, Callable[[World], Any]] = {
    "grid.units": lambda world: Unit.objects.filter(pk=world.tree.group.pk).update(name="9号楼"),
    "staff.exam_scores": lambda world: _exam_of_the_example(world),
    "partyorgs.organisations": lambda world: _only_the_committee(make_party(world)),
}
WRONG_FILES = {
    "empty.xlsx": b"",
    "program.xlsx": b"MZ\x90\x00" + bytes(range(256)) * 8,
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
    "damaged.xlsx": b"PK\x03\x04" + bytes(300),
    "head_only.csv": "诉求内容,接收时间\n".encode(),
}


def _exam_of_the_example(world: World) -> None:
    """Of the street where the importer sits; the worker stands in its community."""
    row = growth.exam(world)
    row.number = "220605K00001"
    row.save(update_fields=["number"])
    growth.worker(world, number="220605S00001")


def _only_the_committee(party: Any) -> None:
    for organisation in (party.group, party.grid, party.community):
        organisation.delete()


class Importer:
    """Somebody who hands in files of one kind over the pages."""

    def __init__(self, key: str, world: World, client_for: Any, here: bool = True) -> None:
        self.spec = SPECS[key]
        wanted = self.spec.permission
        self.role = next(role for role in READERS if wanted in ROLE_RULES[role].permissions)
        self.user = world.user(self.role, here)
        self.client = client_for(self.user)

    def template(self) -> openpyxl.Workbook:
        answer = self.client.get(reverse("imports:template", args=[self.spec.key]))
        assert answer.status_code == 200
        return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))

    def example(self) -> SimpleUploadedFile:
        """The template with its own example typed into the second line."""
        book = self.template()
        for place, column in enumerate(self.spec.columns, start=1):
            book.worksheets[0].cell(2, place, column.example)
        out = io.BytesIO()
        book.save(out)
        return SimpleUploadedFile("填好的模板.xlsx", out.getvalue())

    def upload(self, file: SimpleUploadedFile) -> Any:
        return self.client.post(reverse("imports:upload", args=[self.spec.key]), {"file": file})

    def checked(self, file: SimpleUploadedFile) -> ImportBatch:
        assert self.upload(file).status_code == 302
        batch = ImportBatch.objects.latest("pk")
        columns = {f"column_{name}": place for name, place in batch.mapping.items()}
        assert self.client.post(reverse("imports:batch", args=[batch.pk]), columns).status_code == 302
        return _work_off(batch)

    def go_on(self, batch: ImportBatch, step: str) -> ImportBatch:
        assert self.client.post(reverse(f"imports:{step}", args=[batch.pk])).status_code == 302
        return _work_off(batch)


def _work_off(batch: ImportBatch) -> ImportBatch:
    batch.refresh_from_db()
    jobs.execute(jobs.claim(batch.job_id))
    batch.refresh_from_db()
    return batch


def figures(batch: ImportBatch) -> tuple[str, int, int, int]:
    return batch.status, batch.valid, batch.rejected, batch.duplicate


@pytest.fixture
def importer(key: str, world: World, client_for: Any) -> Importer:
    READY.get(key, lambda world: None)(world)
    return Importer(key, world, client_for)


@every_import
def test_the_template_has_every_column_and_explains_it(importer):
    book = importer.template()
    columns = importer.spec.columns
    assert [cell.value for cell in book.worksheets[0][1]] == [column.label for column in columns]
    assert [row[0].value for row in book.worksheets[1].iter_rows(min_row=3)] == [column.label for column in columns]
    assert all(column.example for column in columns if column.required), "a required column shows an example"


@every_import
def test_the_templates_own_example_comes_in_and_comes_in_once(importer):
    before = contents()
    batch = importer.checked(importer.example())
    assert figures(batch) == ("checked", 1, 0, 0), batch.errors
    assert changed_since(before) <= {"common_importbatch", "common_job"}, "a dry run writes nothing"
    batch = importer.go_on(batch, "commit")
    assert figures(batch) == ("committed", 1, 0, 0), batch.message
    imported = contents()
    again = importer.checked(importer.example())
    assert (again.valid, again.rejected + again.duplicate) == (0, 1)
    assert importer.client.post(reverse("imports:commit", args=[again.pk])).status_code == 409
    assert changed_since(imported) <= {"common_importbatch", "common_job"}
    if importer.spec.undoable:
        assert importer.go_on(batch, "undo").status == "undone"
        assert figures(importer.checked(importer.example())) == ("checked", 1, 0, 0), "what was undone may come again"


@every_import
@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_says_why_and_nothing_is_kept(importer, name, settings):
    before = contents()
    answer = importer.upload(SimpleUploadedFile(name, WRONG_FILES[name]))
    assert answer.status_code == 400
    (text,) = [str(error) for errors in answer.context["form"].errors.values() for error in errors]
    assert text.endswith("。")
    assert changed_since(before) == set()
    assert (
        not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
        if settings.MEDIA_ROOT.exists()
        else True
    )


@every_import
def test_rows_of_another_scope_are_rejected(key, importer, world, client_for):
    if importer.user.scope.everything:
        held_below = [role for role in READERS if importer.spec.permission in ROLE_RULES[role].permissions]
        assert held_below == [importer.role], "somebody with a smaller area may import this too: try them"
        return
    neighbour = Importer(key, world, client_for, here=False)
    batch = neighbour.checked(importer.example())
    assert figures(batch)[1:3] == (0, 1)
    assert neighbour.client.post(reverse("imports:commit", args=[batch.pk])).status_code == 409


@every_import
def test_without_the_permission_every_step_is_refused(importer, world, client_for):
    stranger = client_for(world.user(stranger_to(importer.spec.permission)))
    before = contents()
    for name in ("imports:template", "imports:upload"):
        assert stranger.get(reverse(name, args=[importer.spec.key])).status_code == 403
    url = reverse("imports:upload", args=[importer.spec.key])
    assert stranger.post(url, {"file": importer.example()}).status_code == 403
    assert changed_since(before) == set()
