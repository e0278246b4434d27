"""What a line among the treatments means: work, treatment, neither, or unclear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.pathways import load_pathway
from hoofbeat.pathways.naming import Wording

WAY = Wording.of(load_pathway("glucagonoma"))


@pytest.mark.parametrize(
    ("line", "work", "kinds"),
    [
        ("Octreotide scan", ("pet",), ()),
        ("octreotide LAR", (), ("somatostatin_analogue",)),
        ("68Ga-DOTATATE PET/CT of the abdomen", ("pet",), ()),
        ("177Lu-DOTATATE", (), ("prrt",)),
        ("Whipple with liver biopsy", ("tumour_tissue",), ("resection",)),
        ("surgical resection of pancreatic tail tumour", (), ("resection",)),
        ("distal pancreatectomy; PRRT planned", (), ("resection",)),
        ("pancreatectomy without complications", (), ("resection",)),
        ("brain tumour resection", (), ()),
        ("not fit for pancreatic surgery", (), ()),
        ("no pancreatectomy", (), ()),
        ("zinc oxide paste", (), ()),
        ("SIRT for unresectable metastases", (), ("liver_treatment",)),
        ("offered pancreatic surgery", (), ()),
        ("CT of the abdomen suggested a mass", ("ct_or_mri",), ()),
        ("CT of the chest, abdomen and pelvis", ("ct_or_mri",), ()),
        ("CT of the abdomen: no tumour", ("ct_or_mri",), ()),
        ("MRI of the liver", ("liver_image",), ()),
    ],
)
def test_a_line_means_what_a_reader_takes_it_for(
    line: str, work: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    assert (WAY.work(line), WAY.kinds(line)) == (work, kinds)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("surgery", "Removal of the tumour"),
        ("CT", "CT or MRI of the abdomen"),
        ("hip surgery", ""),
        ("surgery refused", ""),
        ("levothyroxine", ""),
        ("pancreatectomy not possible, octreotide", "Removal of the tumour or Octreotide or lanreotide"),
        ("bone marrow biopsy", ""),
    ],
)
def test_only_a_line_that_may_be_meant_is_asked_about(line: str, name: str) -> None:
    assert WAY.unclear(line) == name


@given(st.text(max_size=60))
def test_any_line_is_read(line: str) -> None:
    assert not (WAY.unclear(line) and (WAY.kinds(line) or WAY.work(line)))
