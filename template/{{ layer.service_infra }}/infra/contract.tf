# What the platform gives this service, and what it must offer for the service to run there. The platform publishes one
# JSON document for each subject; a document that is missing, foreign or of another version is refused, never guessed.

locals {
  schema_version = 1

  document_paths = {
    network  = "/${var.platform}/${var.environment}/v1/network"
    cluster  = "/${var.platform}/${var.environment}/v1/cluster"
    edge     = "/${var.platform}/${var.environment}/v1/edge"
    database = "/${var.platform}/${var.environment}/v1/database"
    service  = "/${var.platform}/${var.environment}/services/${var.service}"
  }
}

data "aws_ssm_parameters_by_path" "platform" {
  count = var.platform_contract == null ? 1 : 0

  path = "/${var.platform}/${var.environment}/v1"
}

# Not found: the platform does not know this service yet. Register it there and apply the platform.
data "aws_ssm_parameter" "registration" {
  count = var.platform_contract == null ? 1 : 0

  name = local.document_paths.service
}

locals {
  # Nothing here is secret; the provider marks all parameters as sensitive, which would hide every plan.
  published = var.platform_contract != null ? {
    for name, document in var.platform_contract : local.document_paths[name] => jsonencode(document)
    } : merge(
    nonsensitive(zipmap(data.aws_ssm_parameters_by_path.platform[0].names, data.aws_ssm_parameters_by_path.platform[0].values)),
    { (local.document_paths.service) = data.aws_ssm_parameter.registration[0].insecure_value },
  )

  documents = { for name, path in local.document_paths : name => try(jsondecode(local.published[path]), null) }

  # All that is read, each as a string or a list of strings; empty where a document lacks it.
  contract_read = {
    network = {
      "capabilities.egress" = try(tostring(local.documents.network.capabilities.egress), "")
      vpc_id                = try(tostring(local.documents.network.vpc_id), "")
      subnet_ids = (
        try(local.documents.network.capabilities.egress == "public", false)
        ? try([for id in local.documents.network.public_subnet_ids : tostring(id)], [])
        : try([for id in local.documents.network.private_subnet_ids : tostring(id)], [])
      )
    }
    cluster = {
      "capabilities.launch_types"       = try([for name in local.documents.cluster.capabilities.launch_types : tostring(name)], [])
      "capabilities.capacity_providers" = try([for name in local.documents.cluster.capabilities.capacity_providers : tostring(name)], [])
      "capabilities.network_modes"      = try([for name in local.documents.cluster.capabilities.network_modes : tostring(name)], [])
      "capabilities.cpu_architectures"  = try([for name in local.documents.cluster.capabilities.cpu_architectures : tostring(name)], [])
      cluster_arn                       = try(tostring(local.documents.cluster.cluster_arn), "")
      cluster_name                      = try(tostring(local.documents.cluster.cluster_name), "")
    }
    edge = {
      "capabilities.ingress"   = try([for name in local.documents.edge.capabilities.ingress : tostring(name)], [])
      certificate_domains      = try([for name in local.documents.edge.certificate_domains : lower(tostring(name))], [])
      https_listener_arn       = try(tostring(local.documents.edge.https_listener_arn), "")
      load_balancer_arn_suffix = try(tostring(local.documents.edge.load_balancer_arn_suffix), "")
      security_group_id        = try(tostring(local.documents.edge.security_group_id), "")
    }
    database = {
      "capabilities.engine"    = try(tostring(local.documents.database.capabilities.engine), "")
      client_security_group_id = try(tostring(local.documents.database.client_security_group_id), "")
      host                     = try(tostring(local.documents.database.host), "")
      port                     = try(tostring(tonumber(local.documents.database.port)), "")
    }
    service = {
      "database.name"           = try(tostring(local.documents.service.database.name), "")
      "database.secret_arn"     = try(tostring(local.documents.service.database.secret_arn), "")
      "repositories.app"        = try(tostring(local.documents.service.repositories.app), "")
      "repositories.migrations" = try(tostring(local.documents.service.repositories.migrations), "")
      permissions_boundary_arn  = try(tostring(local.documents.service.permissions_boundary_arn), "")
    }
  }

  # What a value looks like when nobody has mixed it up with another.
  contract_shapes = {
    "network.vpc_id"                    = "^vpc-[0-9a-f]+$"
    "network.subnet_ids"                = "^subnet-[0-9a-f]+$"
    "cluster.cluster_arn"               = "^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/"
    "edge.https_listener_arn"           = "^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/"
    "edge.load_balancer_arn_suffix"     = "^app/"
    "edge.security_group_id"            = "^sg-[0-9a-f]+$"
    "database.client_security_group_id" = "^sg-[0-9a-f]+$"
    "service.database.secret_arn"       = "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+$"
    "service.repositories.app"          = "^[0-9]{12}[.]dkr[.]ecr[.][a-z0-9-]+[.]amazonaws[.]com([.]cn)?/[^:@]+$"
    "service.repositories.migrations"   = "^[0-9]{12}[.]dkr[.]ecr[.][a-z0-9-]+[.]amazonaws[.]com([.]cn)?/[^:@]+$"
    "service.permissions_boundary_arn"  = "^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/"
  }

  contract_fields = merge([
    for name, fields in local.contract_read : { for field, value in fields : "${name}.${field}" => value }
  ]...)

  # What is wrong, each as a list for a sentence below.
  unreadable_documents = [for name, path in local.document_paths : path if !can(keys(local.documents[name]))]
  older_documents      = [for name, path in local.document_paths : path if try(tonumber(local.documents[name].schema_version) < local.schema_version, false)]
  newer_documents      = [for name, path in local.document_paths : path if try(tonumber(local.documents[name].schema_version) > local.schema_version, false)]
  unversioned_documents = [
    for name, path in local.document_paths : path
    if can(keys(local.documents[name])) && !can(tonumber(local.documents[name].schema_version) + 0)
  ]
  is_this_contract = length(concat(local.unreadable_documents, local.older_documents, local.newer_documents, local.unversioned_documents)) == 0
  missing_fields   = [for field, value in local.contract_fields : field if length(value) == 0]
  misshapen_fields = [
    for field, shape in local.contract_shapes : field
    if length(local.contract_fields[field]) > 0 && !alltrue([for value in flatten([local.contract_fields[field]]) : can(regex(shape, value))])
  ]
  # Only a contract that can be read is asked what the platform can do.
  can_be_read = local.is_this_contract && length(local.missing_fields) == 0 && length(local.misshapen_fields) == 0

  platform_text = "Platform \"${var.platform}\", environment \"${var.environment}\""

  capacity_providers = var.spot ? ["FARGATE", "FARGATE_SPOT"] : ["FARGATE"]

  # A wildcard stands for exactly one label (RFC 6125, section 6.4.3).
  host_name_patterns = [var.host_name, "*.${join(".", slice(split(".", var.host_name), 1, length(split(".", var.host_name))))}"]
}

# Everything reads the contract through this resource, so that nothing is planned with one that was refused.
resource "terraform_data" "contract" {
  input = local.contract_read

  lifecycle {
    precondition {
      condition     = length(local.unreadable_documents) == 0
      error_message = "${local.platform_text}: no JSON object in ${join(", ", local.unreadable_documents)}. Apply the platform for this environment, or check the names of platform and environment."
    }
    precondition {
      condition     = length(local.unversioned_documents) == 0
      error_message = "${local.platform_text}: no schema_version in ${join(", ", local.unversioned_documents)}, so something else than the platform wrote there. Find out what, then apply the platform again."
    }
    precondition {
      condition     = length(local.newer_documents) == 0
      error_message = "${local.platform_text}: this repository reads schema_version ${local.schema_version}, and there is a newer one in ${join(", ", local.newer_documents)}. Bring this repository up to date with `make template-update`, then deploy again."
    }
    precondition {
      condition     = length(local.older_documents) == 0
      error_message = "${local.platform_text}: this repository reads schema_version ${local.schema_version}, and there is an older one in ${join(", ", local.older_documents)}. Bring the platform up to date and apply it first."
    }
    precondition {
      condition     = !local.is_this_contract || length(local.missing_fields) == 0
      error_message = "${local.platform_text} does not say: ${join(", ", local.missing_fields)}. Add these fields to its documents by applying the platform."
    }
    precondition {
      condition     = !local.is_this_contract || length(local.misshapen_fields) == 0
      error_message = "${local.platform_text} gives values of another kind than expected: ${join(", ", local.misshapen_fields)}. contract.tf shows what each looks like. Correct the documents by applying the platform."
    }
    precondition {
      condition     = !local.can_be_read || contains(["public", "nat", "endpoints"], local.contract_read.network["capabilities.egress"])
      error_message = "${local.platform_text} has the egress \"${local.contract_read.network["capabilities.egress"]}\", and this service knows public, nat and endpoints. Bring this repository up to date with `make template-update`."
    }
    precondition {
      condition     = !local.can_be_read || contains(local.contract_read.cluster["capabilities.launch_types"], "FARGATE")
      error_message = "${local.platform_text} runs ${join(", ", local.contract_read.cluster["capabilities.launch_types"])}, and this service needs FARGATE. Add Fargate to the platform's cluster, or deploy to a platform that has it."
    }
    precondition {
      condition     = !local.can_be_read || length(setsubtract(local.capacity_providers, local.contract_read.cluster["capabilities.capacity_providers"])) == 0
      error_message = "${local.platform_text} has the capacity providers ${join(", ", local.contract_read.cluster["capabilities.capacity_providers"])}, and this service needs ${join(" and ", local.capacity_providers)}. Add what is missing to the platform's cluster, or set spot = false."
    }
    precondition {
      condition     = !local.can_be_read || contains(local.contract_read.cluster["capabilities.network_modes"], "awsvpc")
      error_message = "${local.platform_text} has the network modes ${join(", ", local.contract_read.cluster["capabilities.network_modes"])}, and Fargate needs awsvpc. Deploy to a platform that has it."
    }
    precondition {
      condition     = !local.can_be_read || contains(local.contract_read.cluster["capabilities.cpu_architectures"], var.cpu_architecture)
      error_message = "${local.platform_text} runs the processors ${join(", ", local.contract_read.cluster["capabilities.cpu_architectures"])}, and this service's images are for ${var.cpu_architecture}. Set cpu_architecture to one of them and build the images for it."
    }
    precondition {
      condition     = !local.can_be_read || contains(local.contract_read.edge["capabilities.ingress"], "alb")
      error_message = "${local.platform_text} lets requests in by ${join(", ", local.contract_read.edge["capabilities.ingress"])}, and this service needs an alb. Add an Application Load Balancer to the platform's edge."
    }
    precondition {
      condition     = !local.can_be_read || local.contract_read.database["capabilities.engine"] == "postgres"
      error_message = "${local.platform_text} has a database of the engine \"${local.contract_read.database["capabilities.engine"]}\", and this service needs postgres. Deploy to a platform that has it."
    }
    precondition {
      condition     = !local.can_be_read || length(setintersection(local.host_name_patterns, local.contract_read.edge.certificate_domains)) > 0
      error_message = "${local.platform_text} has a certificate for ${join(", ", local.contract_read.edge.certificate_domains)}, which does not cover ${var.host_name} (a wildcard stands for one label). Change host_name in ${var.environment}.tfvars, or add the name to the platform's certificate."
    }
  }
}

locals {
  contract = terraform_data.contract.input
}
