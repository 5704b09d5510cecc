#!/bin/sh
# Makes the golden numbers again, in place: `make goldens`, then read `git diff tests/golden`.
# With a folder, any version of survey may run and nothing here is touched: tests/golden/run.sh --try /tmp/goldens
set -eu
cd "$(dirname "$0")"
if ! command -v Rscript >/dev/null 2>&1; then
    printf '%s\n' "The golden numbers are made by R, which this machine lacks." \
        "  Do: apt install r-base r-cran-survey r-cran-jsonlite r-cran-digest, then in R: install.packages(c(\"survey\", \"svyVGAM\", \"CompQuadForm\", \"car\", \"mice\", \"mitools\", \"mitml\", \"clubSandwich\", \"brglm2\", \"Hmisc\", \"psych\", \"GaussSuppression\"))" >&2
    exit 3
fi
for package in survey jsonlite digest; do
    if ! Rscript -e "quit(status = !requireNamespace('$package', quietly = TRUE))" >/dev/null 2>&1; then
        printf '%s\n' "The golden scripts need the R package $package." "  Do: in R: install.packages(\"$package\")" >&2
        exit 3
    fi
done
if [ "${1:-}" = "--try" ]; then
    mkdir -p "${2:?name a folder}/data"
else
    set --
fi
for script in api_data survey_api_linearised survey_api_models survey_calibration survey_replicates survey_lonely_psu asn_open wave_change case_ratios few_clusters cluster_tests penalised_logit model_diagnostics imputation model_steps hidden_causes mediation curves negative_binomial psychometrics factor_models factor_edges suppression_tables; do
    Rscript "$script.R" "$@"
done
