variable "platform" {
  description = "Name of the platform"
  type        = string
  default     = "zeus"
}

variable "environment" {
  description = "Name of the environment"
  type        = string
  default     = "prod"
}

variable "region" {
  description = "AWS region"
  type        = string
  default     = "us-east-1"
}

variable "domain" {
  description = "Domain that the certificate covers, with one label below it"
  type        = string
  default     = "getthedeck.com"
}

variable "services" {
  description = "Names of the services that the platform knows"
  type        = set(string)
}
