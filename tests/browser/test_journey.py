"""The whole way by keyboard: from an empty page to the advised glucagon, why, and what is taken away."""

from __future__ import annotations

import time

import pytest

# the first visit of a published patient (Compton and Chien 2013), in the words a clinician types
TYPED = ("skin rash", "skin erosion", "weight loss", "diabetes", "sore red tongue", "angular cheilitis")


class Keys:
    """A keyboard that counts."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)

    def type(self, words):
        self.count += len(words)
        self.page.keyboard.type(words)


def add(page, keys, words):
    before = page.locator(".finding").count()
    keys.type(words)
    keys.press("Enter")
    page.wait_for_function("n => document.querySelectorAll('.finding').length > n", arg=before)


def test_the_whole_way_by_keyboard_alone(watched, record_testsuite_property, images):
    page = watched().open()
    keys, began = Keys(page), time.perf_counter()
    keys.press("/")
    for words in TYPED:
        add(page, keys, words)
    page.wait_for_selector(".short-grave.advised")
    keystrokes, seconds = keys.count, time.perf_counter() - began
    assert "fasting glucagon" in page.locator(".short-grave").inner_text()
    record_testsuite_property("keystrokes", keystrokes)
    record_testsuite_property("seconds", round(seconds, 1))
    assert keystrokes < 120
    assert page.evaluate("document.activeElement.id") == "add"  # focus did not move

    # on to the evidence, by Tab and Enter
    page.locator(".evidence").first.focus()
    page.keyboard.press("Enter")
    drawer = page.locator(".drawer:popover-open")
    drawer.wait_for()
    assert drawer.get_by_role("heading").first.is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".drawer:popover-open").count() == 0
    assert "evidence" in page.evaluate("document.activeElement.className")


def test_every_control_can_be_reached_by_tab(watched):
    page = watched().open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
            .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})
                && e.type !== 'hidden' && e.type !== 'radio').length"""
    )
    seen = set()
    page.evaluate("document.activeElement.blur()")
    page.evaluate("window.getSelection().removeAllRanges(); document.body.focus()")
    for _ in range(wanted + 120):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement;
                if (!e || e === document.body) return '';
                window.marks ??= new Map();
                if (!window.marks.has(e)) window.marks.set(e, window.marks.size);
                const r = e.getBoundingClientRect();
                return e.type === 'radio' ? '' : String(window.marks.get(e)); }"""
        )
        if found:
            seen.add(found)
    assert len(seen) >= wanted


def test_arrows_choose_from_the_list(watched):
    page = watched().open()
    page.keyboard.press("/")
    page.keyboard.type("sore red tong")
    page.wait_for_selector("#add-0")
    page.keyboard.press("ArrowDown")
    assert page.locator("#add").get_attribute("aria-activedescendant") == "add-0"
    assert page.locator("#add-0").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.locator("#add").get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#add-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".finding")
    assert "Glossitis" in page.locator(".finding").first.inner_text()


def shown(page):
    """The differential as it reads, and whether the fourth finding counts."""
    page.wait_for_load_state("networkidle")
    rows = page.locator("#differential tbody tr").all_inner_texts()
    return rows, page.locator('button[value="leave:f3"]').inner_text()


def toggle(page, said):
    page.locator('button[value="leave:f3"]').click()
    page.wait_for_function("words => document.querySelector('#said').textContent.includes(words)", arg=said)
    return shown(page)


def test_leaving_a_finding_out_changes_the_list_and_bringing_it_back_restores_it(watched):
    # how long an answer takes is measured by benchmarks/web.py
    page = watched().open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    before = shown(page)
    assert len(before[0]) > 3
    without = toggle(page, "left out")
    assert without[0] != before[0]
    assert without[1] != before[1]
    assert toggle(page, "counts again") == before


def test_the_change_is_announced_and_focus_stays(watched):
    page = watched().open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    button = page.locator('button[value="leave:f2"]')
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('left out')")
    assert "Likeliest now" in page.locator("#said").inner_text()
    assert page.evaluate("document.activeElement.value") == "leave:f2"


def test_the_drawing_and_the_lists_beside_it_say_the_same(watched):
    page = watched().open()
    knee, drawn = page.get_by_role("combobox", name="knee", exact=True), '.describe [data-site="knee"]'
    assert knee.input_value() == ""
    for state, shown in (("there", ".chosen"), ("spared", ".spared"), ("", ":not(.chosen, .spared)")):
        page.locator(f"{drawn} ellipse").last.click()
        page.wait_for_selector(drawn + shown)
        page.wait_for_load_state("networkidle")
        assert knee.input_value() == state
    # and by keyboard
    knee.focus()
    page.keyboard.press("s")
    page.wait_for_selector(f"{drawn}.spared")
    assert page.locator(".describe .chosen").count() == 0
    assert knee.input_value() == "spared"


def test_a_letter_is_proposed_marked_and_confirmed(watched, images):
    page = watched().open()
    page.get_by_text("Paste a letter").click()
    page.locator("#note").fill(
        "She has weight loss, glossitis and a rash in the groin. She denies diarrhoea. Her son has psoriasis."
    )
    page.get_by_role("button", name="Read it").click()
    page.wait_for_selector("#pasted mark")
    assert page.locator("#differential").count() == 0
    if images:
        page.screenshot(path=images / "letter.png")
    page.get_by_role("button", name="Confirm what is ticked").click()
    page.wait_for_selector("#differential")


def test_what_is_too_large_is_refused_in_words_and_the_form_stays(watched):
    seen = watched()
    page = seen.open()
    add(page, Keys(page), "/glossitis")
    page.get_by_text("Paste a letter").click()
    page.evaluate("() => { document.getElementById('note').value = 'x'.repeat(1100000); }")
    page.get_by_role("button", name="Read it").click()
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('1,000,000 bytes')")
    assert page.locator(".finding").count() == 1
    assert page.locator("#differential").count() == 1
    assert all("413" in said for said in seen.complaints)  # the browser's own line on any refusal
    seen.complaints.clear()


def test_without_script_every_step_works(watched):
    page = watched(java_script_enabled=False).open()
    for words in TYPED:
        page.get_by_label("A finding, a test with its number").fill(words)
        page.get_by_role("button", name="Add", exact=True).click()
    assert page.locator("#next").count() == 1
    assert "fasting glucagon" in page.locator(".short-grave.advised").inner_text()
    page.get_by_role("combobox", name="face", exact=True).select_option("spared")
    page.get_by_role("button", name="Update the answer").click()
    assert page.get_by_role("combobox", name="face", exact=True).input_value() == "spared"
    assert page.locator('.describe [data-site="face"].spared').count() > 0
    page.get_by_role("button", name="Leave out").first.click()
    assert "is left out" in page.locator("#said").inner_text()
    page.locator(".evidence").first.click()  # the drawer is the browser's own
    assert page.locator(".drawer:popover-open").count() == 1


def test_the_first_view_is_light(watched, record_testsuite_property):
    seen = watched()
    sizes = []
    seen.page.on("response", lambda r: sizes.append(len(r.body())))
    seen.open()
    seen.page.wait_for_load_state("networkidle")
    record_testsuite_property("kilobytes", round(sum(sizes) / 1000))
    assert len(sizes) <= 6
    assert sum(sizes) <= 150_000


def test_it_prints_to_pdf_with_every_part_open(watched, tmp_path):
    page = watched().open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator(".masthead nav").is_visible()
    assert page.locator("#differential").is_visible()
    assert page.locator("#timeline table").is_visible()  # the fold is open on paper


def test_the_case_can_be_taken_away_as_a_file(watched):
    page = watched().open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Case file").click()
    from hoofbeat.cases import read_case

    assert len(read_case(caught.value.path().read_bytes()).findings) == 11


@pytest.mark.parametrize("path", ["/", "/diseases/glucagonoma", "/compare", "/api"])
def test_nothing_is_wider_than_a_narrow_screen(watched, path):
    page = watched(width=320, height=640).open(path)
    if path == "/":
        page.get_by_role("button", name="Show a published patient").first.click()
        page.wait_for_selector("#takeaway")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_targets_are_at_least_24_pixels(watched):
    page = watched(width=320, height=640).open()
    page.get_by_role("button", name="Show a published patient").first.click()
    page.wait_for_selector("#takeaway")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .tick, .state, .lesion, select, summary, nav a')]
            .filter((e) => e.checkVisibility() && !e.classList.contains('unseen'))
            .map((e) => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect()])
            .filter(([, r]) => r.width && (r.width < 24 || r.height < 23.5))
            .map(([t, r]) => `${t} ${r.width}x${r.height}`)"""
    )
    assert small == []


def test_the_shortcut_can_be_switched_off(watched):
    page = watched().open()
    page.get_by_label("Switch the / key off").check()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "add"
