from infra.settings_page import PAGE, ROOMS, settings_page


def test_the_committed_page_is_the_one_of_the_code() -> None:
    assert PAGE.read_text() == settings_page(), "run `make docs`"


def test_every_setting_says_what_it_means() -> None:
    for room in ROOMS:
        for name, field in room.model_fields.items():
            assert field.description, f"{room.__name__}.{name} has no docstring"
