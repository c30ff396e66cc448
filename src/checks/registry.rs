//! The list of all checks. This line is the only edit that a new check needs outside its own file.

use super::Check;

macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        /// Every check, by name.
        pub fn all() -> &'static [&'static Check] {
            static ALL: &[&Check] = &[$(&super::$module::CHECK),*];
            ALL
        }

        #[cfg(test)]
        mod pages {
            $(
                #[test]
                fn $module() {
                    crate::checks::harness::check_page(&crate::checks::$module::CHECK);
                }
            )*
        }
    };
}

checks! {
    always_fails,
    assertion_will_fail,
    conditional_recursion,
    conflicting_definitions,
    dependency_cycle,
    deprecated_option,
    deprecated_syntax,
    duplicate_attribute,
    failed_assertion,
    fleet_drift,
    host_key_unchecked,
    implied_dependency,
    import_not_found,
    infinite_recursion,
    key_file_missing,
    key_in_store,
    key_name,
    key_path_clash,
    key_permissions,
    key_source,
    lockout,
    machine_looks_misspelt,
    machine_name,
    machine_value,
    misplaced_import,
    missing_argument,
    missing_attribute,
    mixed_dialects,
    mixed_module,
    module_used_as_network,
    network_arguments,
    network_overridden,
    nix_evaluation,
    nixos_warning,
    no_machines,
    nodes_recursion,
    option_type,
    option_type_mismatch,
    renamed_option,
    rollout,
    secret_in_store,
    ssh_options,
    syntax_error,
    target_env,
    target_host_duplicate,
    target_host_empty,
    target_host_format,
    target_host_missing,
    target_host_placeholder,
    target_port,
    target_user,
    type_mismatch,
    undefined_variable,
    unknown_deployment_option,
    unknown_machine,
    unknown_network_attribute,
    unknown_option,
    unsafe_permissions,
    untracked_file,
    unused_allow,
    unused_argument,
    unused_binding,
    unused_with,
    wrong_arguments,
}
