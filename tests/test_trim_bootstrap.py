from tests.trim_bootstrap import (
    CLASS,
    DECLARED,
    TRIMMED,
    WHOLE,
    Used,
    blocks,
    split_selectors,
    trim,
    trimmed_here,
)

RENEW = "run: python tests/trim_bootstrap.py"


def classes(css: str) -> set[str]:
    heads = (head for head, body in blocks(css) if body is not None and head[0] != "@")
    nested = (body for head, body in blocks(css) if body is not None and head.startswith("@media"))
    found = {name for head in heads for name in CLASS.findall(head)}
    return found.union(*map(classes, nested))


def test_served_bootstrap_holds_all_that_the_pages_use():
    served, needed = TRIMMED.read_text(encoding="utf-8"), trimmed_here()

    assert classes(needed) - classes(served) == set(), RENEW
    assert set(DECLARED.findall(needed)) - set(DECLARED.findall(served)) == set(), RENEW


def test_served_bootstrap_is_a_part_of_the_published_one():
    served, whole = TRIMMED.read_text(encoding="utf-8"), WHOLE.read_text(encoding="utf-8")

    assert classes(served) < classes(whole)
    assert len(served) < len(whole) / 3
    assert "Licensed under MIT" in served


def test_rules_of_unused_classes_and_attributes_go_and_the_rest_stays():
    used = Used.in_texts(['<p class="alert alert-{{ kind }}">'])
    css = (
        "p{margin:0}.alert,.badge{color:red}.badge .alert{top:0}.alert-info{color:blue}"
        "[data-bs-theme=dark] p{margin:1px}.alert:not(.badge){left:0}"
        "@media (min-width:1px){.badge{top:1px}}@media print{.alert{display:none}}"
    )

    assert trim(css, used) == (
        "p{margin:0}.alert{color:red}.alert-info{color:blue}.alert:not(.badge){left:0}"
        "@media print{.alert{display:none}}"
    )


def test_custom_properties_stay_as_long_as_one_that_stays_or_our_own_css_reads_them():
    css = ":root{--a:1px;--b:var(--a);--c:var(--b);--d:2px}p{top:var(--a)}"

    assert trim(css, Used.in_texts([])) == ":root{--a:1px}p{top:var(--a)}"
    assert trim(css, Used.in_texts([]), "i{top:var(--d)}") == (
        ":root{--a:1px;--d:2px}p{top:var(--a)}"
    )


def test_keyframes_stay_with_what_plays_them():
    css = "@keyframes spin{to{top:0}}@keyframes idle{to{top:0}}p{animation:1s linear spin}"

    assert trim(css, Used.in_texts([])) == ("@keyframes spin{to{top:0}}p{animation:1s linear spin}")


def test_braces_in_strings_and_commas_in_parentheses_part_nothing():
    css = '.a::after{content:"}"}.b{top:0}'

    assert list(blocks(css)) == [(".a::after", 'content:"}"'), (".b", "top:0")]
    assert split_selectors(":is(.a,.b),.c") == [":is(.a,.b)", ".c"]
