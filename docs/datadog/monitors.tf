# Monitors on a load run, for Terraform's Datadog provider (3.x). Make one run, since
# Datadog configures tags of a metric that it knows, set the variables, then terraform apply. Tag values are written as Datadog stores them: lower case, with _ for
# characters other than letters, digits and _-:./ ("GET /api/todos/{id}" is get_/api/todos/_id_).

terraform {
  required_providers {
    datadog = { source = "DataDog/datadog" }
  }
}

variable "env" {
  description = "DD_ENV of the load generator"
  default     = "development"
}

variable "phase" {
  description = "phase that is watched"
  default     = "intervention"
}

variable "p95_ms" {
  description = "highest p95 of the response times in that phase, ms"
  default     = 250
}

variable "failed_percent" {
  description = "highest share of failed requests in that phase"
  default     = 1
}

variable "notify" {
  description = "who hears of it, as Datadog writes it: @slack-load-tests"
  default     = ""
}

# Percentiles of a distribution are off until they are asked for. The tags are those that
# the monitors and the dashboard need; Datadog counts time series by them.
resource "datadog_metric_tag_configuration" "response" {
  metric_name         = "load_generator.response_ms"
  metric_type         = "distribution"
  include_percentiles = true
  tags                = ["env", "service", "version", "load.run_id", "load.phase", "load.arm", "load.operation", "load.outcome"]
}

resource "datadog_monitor" "p95" {
  name    = "[${var.env}] p95 of {{load.operation.name}} under phase ${var.phase}"
  type    = "query alert"
  query   = "percentile(last_5m):p95:load_generator.response_ms{env:${var.env},load.phase:${var.phase}} by {load.operation} > ${var.p95_ms}"
  message = "{{load.operation.name}} took {{value}} ms at p95 in phase ${var.phase} (limit {{threshold}} ms). ${var.notify}"

  monitor_thresholds {
    critical = var.p95_ms
    warning  = var.p95_ms * 0.8
  }

  # Between runs there are no data, and a phase may be shorter than the window.
  notify_no_data      = false
  timeout_h           = 1 # resolves by itself an hour after the run
  require_full_window = false
  tags                = ["service:load-generator", "env:${var.env}", "load.phase:${var.phase}"]
  depends_on          = [datadog_metric_tag_configuration.response]
}

resource "datadog_monitor" "failures" {
  name    = "[${var.env}] failed requests under phase ${var.phase}"
  type    = "query alert"
  query   = "sum(last_5m):100 * default_zero(sum:load_generator.requests{env:${var.env},load.phase:${var.phase},load.outcome:failure}.as_count()) / sum:load_generator.requests{env:${var.env},load.phase:${var.phase}}.as_count() > ${var.failed_percent}"
  message = "{{value}} % of the requests failed in phase ${var.phase} (limit {{threshold}} %). ${var.notify}"

  monitor_thresholds {
    critical = var.failed_percent
  }

  notify_no_data      = false
  timeout_h           = 1
  require_full_window = false
  tags                = ["service:load-generator", "env:${var.env}", "load.phase:${var.phase}"]
}

# When the generator itself is late, its figures are about the generator and not about
# the target.
resource "datadog_monitor" "late" {
  name    = "[${var.env}] the load generator cannot keep up"
  type    = "query alert"
  query   = "max(last_5m):max:load_generator.late_ms{env:${var.env},load.stat:p99} > 10"
  message = "The generator wakes its users {{value}} ms late at p99: do not trust this run. ${var.notify}"

  monitor_thresholds {
    critical = 10
  }

  notify_no_data      = false
  timeout_h           = 1
  require_full_window = false
  tags                = ["service:load-generator", "env:${var.env}"]
}
