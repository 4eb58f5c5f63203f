"""Problems without a fixture, each with the test that raises it."""

from __future__ import annotations

ELSEWHERE = {
    # They point at no text that a fixture could hold: a package, a disk, a file that moves.
    "bad-deck": "documents/test_deck.py::test_a_presentation_that_is_no_good_is_refused",
    "duckdb-missing": "sources/test_snapshots.py::test_a_query_without_duckdb_says_what_to_install",
    "erase-nothing": "store/test_erase.py::test_a_name_that_is_nowhere_is_an_error",
    "file-changed": "sources/test_proofs.py::test_a_file_that_changes_while_it_is_read_is_refused",
    "pptx-missing": "documents/test_deck.py::test_without_python_pptx_it_names_the_extra",
    "query-failed": "sources/test_snapshots.py::test_a_query_reads_its_tables_and_nothing_else",
    "query-limit": "sources/test_queries_sandbox.py::test_a_query_that_needs_too_much_memory_is_ended",
    "query-not-select": "sources/test_snapshots.py::test_a_query_reads_its_tables_and_nothing_else",
    "query-outside": "sources/test_snapshots.py::test_a_query_reads_its_tables_and_nothing_else",
    "query-unstable": "sources/test_queries_sandbox.py::test_each_refusal_says_what_to_write",
    "store-backup": "store/test_backup.py::test_a_backup_goes_into_a_new_folder_only",
    "store-busy": "text/test_problems.py::test_a_store_in_use_by_another_program_says_so",
    "store-closed": "text/test_problems.py::test_a_store_of_another_user_says_so",
    "store-damaged": "store/test_store.py::test_verify_finds_rot",
    "store-date": "store/test_store.py::test_it_refuses_a_date_before_the_last_or_committed_already",
    "store-duplicate": "store/test_store.py::test_many_entries_are_guarded_as_few_are",
    "store-failed": "store/test_store.py::test_a_store_where_a_file_stands_is_refused",
    "store-foreign": "store/test_ownership.py::test_a_folder_that_holds_something_else_is_refused_and_left_as_it_was",
    "store-full": "store/test_store.py::test_a_really_full_disk",
    "store-interrupted": "store/test_crash.py::test_a_folder_that_may_only_be_read_can_be_read",
    "store-link": "store/test_store.py::test_symbolic_links_in_the_store_are_refused",
    "store-lock-lost": "store/test_ownership.py::test_without_its_lock_file_a_run_commits_nothing",
    "store-newer": "store/test_store.py::test_a_store_of_another_layout_is_refused",
    "store-older": "store/test_store.py::test_a_store_of_another_layout_is_refused",
    "store-unconfirmed": "store/test_store.py::test_a_commit_whose_last_sync_fails_is_committed",
    "unknown-language": "workspace/test_language_settings.py::test_many_unknown_languages_are_named_in_part",
    "unreadable-file": "text/test_files.py::test_a_file_that_the_system_refuses_says_why",
    "table-outside": "sources/test_queries_sandbox.py::test_no_folder_of_the_system_is_allowed",
    "store-open-to-others": "store/test_ownership.py::test_wide_permissions_are_tightened_with_a_warning",
    "store-owner": "store/test_ownership.py::test_files_of_several_users_are_mentioned",
    "store-taken-back": "store/test_ownership.py::test_the_database_alone_put_back_is_noticed",
    "too-large": "text/test_yaml.py::test_large_files_are_not_read",
}
