provider "aws" {
  region              = var.aws_region
  allowed_account_ids = [var.aws_account_id]

  default_tags {
    tags = {
      Service     = var.service
      Environment = var.environment
      Platform    = var.platform
      Owner       = var.owner
      ManagedBy   = "terraform"
      Repository  = var.repository
    }
  }
}

data "aws_partition" "current" {}
