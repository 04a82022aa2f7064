output "documents" {
  description = "All documents by the end of their path, as in v1/network"
  value       = local.documents
}

output "secret_arns" {
  description = "Secret of each service's database"
  value       = { for service, secret in aws_secretsmanager_secret.database : service => secret.arn }
}
