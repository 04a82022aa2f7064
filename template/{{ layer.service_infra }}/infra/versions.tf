terraform {
  required_version = "~> 1.11"

  # GitLab keeps the state, one for each environment: scripts/terraform.sh says where.
  backend "http" {}

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88, < 7.0"
    }
  }
}
