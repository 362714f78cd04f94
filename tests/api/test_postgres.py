"""The main paths of the service once more, on PostgreSQL: the same requests, the same answers.

``pytest --postgres`` runs all tests of the service so; these are those whose statements differ most from one another.
"""

from __future__ import annotations

import pytest

from tests.api import test_admin_figures, test_admin_templates, test_jobs, test_templates, test_validation

history = test_admin_figures.history
made = test_jobs.made
three = test_jobs.three

test_figures_without_jobs = test_admin_figures.test_a_server_that_ran_no_job_shows_zeros_and_nulls
test_figures_of_every_tenant = test_admin_figures.test_stats_sum_up_the_jobs_of_every_tenant
test_figures_by_template_day_and_type = test_admin_figures.test_analytics_tell_templates_days_and_types_apart
test_a_created_template = test_admin_templates.test_a_created_template_is_listed_shown_and_used
test_a_name_that_is_taken = test_admin_templates.test_a_name_that_is_taken_is_409_whoever_took_it
test_a_completed_job = test_jobs.test_a_completed_job_is_shown_in_full
test_a_job_that_failed_early = test_jobs.test_a_job_that_failed_early_has_no_structure
test_the_list_of_jobs = test_jobs.test_jobs_are_listed_newest_first_with_their_page
test_jobs_by_status_and_type = test_jobs.test_jobs_are_narrowed_by_status_and_type
test_stats_of_a_tenant = test_jobs.test_stats_count_the_callers_jobs_and_add_up
test_the_shipped_templates = test_templates.test_the_shipped_templates_are_listed_by_name
test_the_use_of_templates = test_templates.test_usage_counts_real_jobs
test_the_history_of_validations = test_validation.test_the_history_has_the_jobs_own_validation_and_each_later_one


@pytest.fixture
def database_environment(postgres_url: str) -> dict[str, str]:
    """Every test of this module is on PostgreSQL."""
    return {"DATABASE_URL": postgres_url}
