from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.reading import read_letter
from hoofbeat.reading.person import read_person


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("I saw this 58-year-old man.", 58.0, "male"),
        ("this 45 yo F with rash", 45.0, "female"),
        ("Mr Smith, aged 61, has itch.", 61.0, "male"),
        ("45F with rash", 45.0, "female"),
        ("72M ?eczema", 72.0, "male"),
        ("62 y/o male", 62.0, "male"),
        ("48 y.o. woman", 48.0, "female"),
        ("Male, 45 years.", 45.0, "male"),
        ("Age: 45 Sex: F", 45.0, "female"),
        ("forty-five-year-old woman", 45.0, "female"),
        ("An eighteen-month-old infant; he has a rash.", 1.5, "male"),
        ("a 3 week old baby boy", 0.057, "male"),
        ("A 12 year old girl", 12.0, "female"),
        ("a neonate, 3 days old", 0.008, "unknown"),
        ("Her 12-year-old brother has eczema. This lady is 40 years old.", 40.0, "female"),
        ("Mother, aged 38, is well; he is a 6-month-old boy.", 0.5, "male"),
        ("Dear colleague, please see this 44-year-old woman.", 44.0, "female"),
        ("I saw this man of 50 years of age. His daughter, a 14-year-old girl, has asthma.", 50.0, "male"),
        ("Thank you for seeing this retired teacher, aged 61. He has a rash.", 61.0, "male"),
        ("John Smith, aged 61. His rash", 61.0, "male"),
        ("DOB 1/2/1960 Age 45. Her rash", 45.0, "female"),
        ("Aged 45. Her rash", 45.0, "female"),
        ("He presented at 6 months of age.", 0.5, "male"),
    ],
)
def test_age_and_sex_are_read(text, age, sex):
    assert read_person(text) == (age, sex)


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("DOB 3/4/1960. She has a rash; her nails are brittle.", "female"),
        ("This lady in her fifties", "female"),
        ("She developed diabetes at age 30.", "female"),
        ("A 2 yr history of itch in a man", "male"),
        ("10 mg daily for 3 y. Mrs Jones", "female"),
        ("He had appendicitis aged 12. He now has a rash.", "male"),
        ("She had a stroke, aged 50, and a fit at 12 years of age.", "female"),
        ("The rash started aged 52.", "unknown"),
        ("Total hysterectomy, aged 45", "unknown"),
        ("Aged 12 he had a fit.", "male"),
        ("I saw this man. His daughter, a 14-year-old girl, has asthma.", "male"),
        ("This man has a 3-year-old daughter.", "male"),
        ("Daughter (14 yo) also gets rashes.", "unknown"),
        ("The scar is 72m long", "unknown"),
        ("He came with her.", "unknown"),
        ("A 300-year-old remedy", "unknown"),
        ("", "unknown"),
    ],
)
def test_age_that_is_not_said_is_not_guessed(text, sex):
    assert read_person(text) == (None, sex)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Seen today. Daughter (14 yo) also gets rashes.", "daughter"),
        ("Seen today.\nWife, aged 60, has a rash.", "wife"),
        ("Seen today. Husband also has a rash.", "husband"),
        ("Seen today. Son has a rash.", "patient"),
        ("Seen today. Child (4 yo) has a rash.", "patient"),
    ],
)
def test_a_relative_who_opens_a_sentence_with_an_age_has_the_rash(text, who):
    assert {p.assertion.who for p in read_letter(text).proposals} == {who}


@given(
    st.lists(
        st.sampled_from(
            ["45", "year-old", "aged", "F", "man", "her", "mother", ",", ".", "½", "İ", "999", "yo"]
        ),
        max_size=30,
    )
)
def test_any_text_gives_an_age_a_person_can_have(words):
    age, sex = read_person(" ".join(words))
    assert age is None or 0 <= age <= 120
    assert sex in {"female", "male", "unknown"}
