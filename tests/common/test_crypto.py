"""Sealed values, keyed hashes, masks, and the column that uses them."""

from __future__ import annotations

import base64

import pytest
from django.core.exceptions import FieldError, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from common import crypto
from common.crypto import Unreadable, lookup_hash, lookup_hashes, normalise, seal, unseal
from common.fields import EncryptedTextField, personal_fields

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = "app.model.phone"


@pytest.fixture
def ring(settings):
    settings.PERSONAL_KEYS = {"2025": OLD}
    return settings


class TestSealing:
    @given(st.text())
    def test_what_goes_in_comes_out(self, text):
        assert unseal(seal(text, PLACE), PLACE) == text

    @pytest.mark.parametrize("text", ["张三", "㐱𠮷𨟠", "👨‍👩‍👧 一家", "a" * 5000, "\x00", "‮反"])
    def test_rare_characters(self, text):
        assert unseal(seal(text, PLACE), PLACE) == text

    def test_the_text_shows_nowhere_and_no_two_are_alike(self, ring):
        first, second = seal("13812345678", PLACE), seal("13812345678", PLACE)
        assert first != second
        assert first.startswith("g1.2025.")
        raw = base64.urlsafe_b64decode(first.rsplit(".", 1)[1] + "==")
        assert b"13812345678" not in raw
        assert len(raw) == 12 + 11 + 16

    def test_bound_to_its_place(self):
        with pytest.raises(Unreadable, match="已损坏或被改动"):
            unseal(seal("张三", PLACE), "app.model.name")

    def test_a_single_changed_character_shows(self):
        token = seal("张三", PLACE)
        for position in range(token.rindex(".") + 1, len(token) - 1):
            changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
            with pytest.raises(Unreadable):
                unseal(changed, PLACE)

    @pytest.mark.parametrize("token", ["", "张三", "g1", "g1.2025", "g1.2025.", "g1.2025.!!!!", "g2.2025.AAAA"])
    def test_what_was_never_sealed_is_unreadable(self, ring, token):
        with pytest.raises(Unreadable):
            unseal(token, PLACE)

    def test_the_first_key_encrypts_and_all_decrypt(self, ring):
        old = seal("张三", PLACE)
        ring.PERSONAL_KEYS = {"2026": NEW, "2025": OLD}
        assert unseal(old, PLACE) == "张三"
        assert seal("张三", PLACE).startswith("g1.2026.")
        ring.PERSONAL_KEYS = {"2026": NEW}
        with pytest.raises(Unreadable, match="缺少对应的密钥"):
            unseal(old, PLACE)

    def test_a_key_under_another_id_does_not_open(self, ring):
        token = seal("张三", PLACE)
        ring.PERSONAL_KEYS = {"2026": OLD}
        with pytest.raises(Unreadable):
            unseal(token.replace("2025", "2026"), PLACE)

    def test_an_id_that_would_break_the_format_is_refused(self, ring):
        ring.PERSONAL_KEYS = {"a.b": OLD}
        with pytest.raises(ValueError, match="unusable id"):
            seal("张三", PLACE)


class TestLookUp:
    @pytest.mark.parametrize(
        "spelling",
        [
            "138 1234 5678",
            "138-1234-5678",
            "+86 13812345678",
            "8613812345678",
            "0086-138-1234-5678",
            "１３８１２３４５６７８",
        ],
    )
    def test_spellings_of_a_phone_number(self, spelling):
        assert lookup_hash(spelling, "phone") == lookup_hash("13812345678", "phone")

    @pytest.mark.parametrize(
        ("spelling", "plain"),
        [
            ("0439-6221234", "04396221234"),
            ("(0439) 6221234", "04396221234"),
            ("+86 439 6221234", "04396221234"),
            ("8620888", "8620888"),
            ("12345", "12345"),
            ("无", "无"),
        ],
    )
    def test_other_numbers(self, spelling, plain):
        assert normalise(spelling, "phone") == plain

    @pytest.mark.parametrize(
        ("one", "other"), [("阿依古丽 • 买买提", "阿依古丽·买买提"), ("张 三", "张三"), ("ＪＯＨＮ", "john")]
    )
    def test_spellings_of_a_name(self, one, other):
        assert lookup_hash(one, "name") == lookup_hash(other, "name")

    def test_an_identity_number_ends_in_a_capital(self):
        assert lookup_hash("22060519900101123x", "id_number") == lookup_hash("22060519900101123X", "id_number")

    def test_different_values_purposes_and_keys_differ(self, ring):
        hashes = {
            lookup_hash("13812345678", "phone"),
            lookup_hash("13812345679", "phone"),
            lookup_hash("13812345678", "name"),
        }
        ring.PERSONAL_KEYS = {"2026": NEW}
        hashes.add(lookup_hash("13812345678", "phone"))
        assert len(hashes) == 4
        assert {len(value) for value in hashes} == {32}

    def test_while_keys_change_both_hashes_are_known(self, ring):
        before = lookup_hash("13812345678", "phone")
        ring.PERSONAL_KEYS = {"2026": NEW, "2025": OLD}
        assert lookup_hashes("13812345678", "phone") == [lookup_hash("13812345678", "phone"), before]

    def test_the_hash_does_not_come_from_the_encrypting_key(self, ring):
        root = ring.PERSONAL_KEYS["2025"]
        derived = {
            crypto._derived(root, b"gridwork personal look-up v1"),
            crypto._derived(root, b"gridwork personal encryption v1"),
        }
        assert len(derived | {root}) == 3


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("张三", "张*"), ("张三丰", "张**"), ("欧阳娜娜", "欧阳**"), ("欧阳", "欧*"), ("诸葛亮", "诸葛*"), ("𠮷野家", "𠮷**"),
            ("阿依古丽·买买提", "阿**"), ("John Smith", "J**"), ("李", "*"), (" 王五 ", "王*"), ("", ""),
        ],
    )  # fmt: skip
    def test_name(self, name, masked):
        assert crypto.mask_name(name) == masked

    @pytest.mark.parametrize(
        ("phone", "masked"),
        [
            ("13812345678", "138****5678"), ("+86 138-1234-5678", "138****5678"), ("0439-6221234", "0439-****34"),
            ("010 62212345", "010-****45"), ("6221234", "62****34"), ("12345", "****"), ("无", "****"), ("", ""),
        ],
    )  # fmt: skip
    def test_phone(self, phone, masked):
        assert crypto.mask_phone(phone) == masked

    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("22060519900101123X", "220***********123X"), ("220605900101123", "220********1123"),
            ("H12345678", "H*******8"), ("123", "****"), ("", ""),
        ],
    )  # fmt: skip
    def test_id(self, number, masked):
        assert crypto.mask_id(number) == masked

    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("江源区孙家堡子街道站前社区3号楼2单元401", "江源区孙家堡子街道站前社区****"),
            ("幸福小区五栋一单元", "幸福小区****"), ("老张家隔壁", "老张****"), ("三楼", "****"), ("", ""),
        ],
    )  # fmt: skip
    def test_address(self, address, masked):
        assert crypto.mask_address(address) == masked

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("请打13812345678找我", "请打138****5678找我"),
            ("手机138-1234-5678、+8613912345678", "手机138****5678、139****5678"),
            ("１３８１２３４５６７８", "１３８****５６７８"),
            ("座机0439-6221234或(010)62212345", "座机0439-****34或010-****45"),
            ("身份证22060519900101123X，旧证220605900101123", "身份证220***********123X，旧证220********1123"),
            ("工单202611210000123和订单113812345678不动", "工单202611210000123和订单113812345678不动"),
            ("3栋401，2019年5月15日，300元", "3栋401，2019年5月15日，300元"),
        ],
    )
    def test_numbers_inside_a_text(self, text, masked):
        assert crypto.mask_text(text) == masked

    @given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("，。 张三楼道坏了", max_size=10))
    def test_no_mobile_number_survives(self, number, around):
        assert number not in crypto.mask_text(f"{around}{number}{around}")


class TestField:
    FIELD = EncryptedTextField(
        "电话", purpose="回访", retention="三年", hash_field="h", hash_purpose="phone", max_length=20
    )

    def test_a_migration_keeps_what_it_needs(self):
        _, path, _, kwargs = self.FIELD.deconstruct()
        assert path == "common.fields.EncryptedTextField"
        assert kwargs["purpose"] == "回访"
        assert (kwargs["hash_field"], kwargs["hash_purpose"]) == ("h", "phone")
        assert "place" not in kwargs
        assert self.FIELD.clone().retention == "三年"

    def test_purpose_and_retention_must_be_stated(self):
        with pytest.raises(TypeError, match="purpose"):
            EncryptedTextField("电话")

    def test_the_length_is_that_of_the_plain_text(self):
        self.FIELD.run_validators("1" * 20)
        with pytest.raises(ValidationError):
            self.FIELD.run_validators("1" * 21)

    @pytest.mark.parametrize("name", ["contains", "icontains", "startswith", "in", "gt", "regex", "iexact"])
    def test_it_cannot_be_searched(self, name):
        with pytest.raises(FieldError, match="encrypted"):
            self.FIELD.get_lookup(name)

    def test_every_personal_field_of_the_product_says_why_and_how_long(self):
        fields = list(personal_fields())
        assert {field.place for field in fields} >= {
            "petitions.petitioner.name", "petitions.petitioner.phone", "petitions.petitioner.address",
        }  # fmt: skip
        assert all(field.purpose and field.retention for field in fields)
