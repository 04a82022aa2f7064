#!/usr/bin/env bash
# Follows the logs of all containers: scripts/logs.sh ENVIRONMENT [SINCE], as in: scripts/logs.sh prod 1h
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/common.sh

(($# >= 1 && $# <= 2)) || usage "scripts/logs.sh ENVIRONMENT [SINCE]"
environment=$1
check_environment "$environment"
check_tools aws

exec aws logs tail "$(log_group "$environment")" --follow --since "${2:-10m}" --format short
