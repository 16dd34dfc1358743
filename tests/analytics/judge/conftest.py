import pytest

from analytics.judge.settings import JudgeSettings


@pytest.fixture(scope="session")
def recorded_settings() -> JudgeSettings:
    """Where the public verdicts are; the test is skipped where they are absent."""
    settings = JudgeSettings()
    if not (settings.verdicts / "judgments.jsonl.gz").is_file():
        pytest.skip(f"no recorded verdicts at {settings.verdicts}: set TURNSTONE_JUDGE_VERDICTS")
    if not settings.failure_labels.is_dir():
        pytest.skip(f"no failure labels at {settings.failure_labels}: set TURNSTONE_JUDGE_FAILURE_LABELS")
    return settings
