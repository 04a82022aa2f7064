# What the service refuses, and in which words it is planned, without an AWS account: `terraform test` in infra/.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  environment = "test"
  host_name   = "orders.example.com"
  image_tag   = "3f2a9c1"
  cpu         = 256
  memory      = 512
  min_tasks   = 1
  max_tasks   = 4

  cpu_architecture = "X86_64"
  spot             = false
  migration_mode   = "task"

  platform_contract = {
    network = {
      schema_version     = 1
      capabilities       = { egress = "public" }
      vpc_id             = "vpc-0a"
      public_subnet_ids  = ["subnet-0a", "subnet-0b"]
      private_subnet_ids = ["subnet-0c", "subnet-0d"]
    }
    cluster = {
      schema_version = 1
      capabilities = {
        launch_types       = ["FARGATE"]
        capacity_providers = ["FARGATE"]
        network_modes      = ["awsvpc"]
        cpu_architectures  = ["X86_64"]
      }
      cluster_arn  = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"
      cluster_name = "main"
    }
    edge = {
      schema_version           = 1
      capabilities             = { ingress = ["alb"] }
      load_balancer_arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/main/0a"
      load_balancer_arn_suffix = "app/main/0a"
      https_listener_arn       = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/main/0a/0b"
      security_group_id        = "sg-0a"
      certificate_domains      = ["example.com", "*.example.com"]
    }
    database = {
      schema_version           = 1
      capabilities             = { engine = "postgres", major_version = 17, extensions = ["vector"] }
      host                     = "main.rds.amazonaws.com"
      port                     = 5432
      client_security_group_id = "sg-0d"
    }
    service = {
      schema_version = 1
      repositories = {
        app        = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/main/orders/app"
        migrations = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/main/orders/migrations"
      }
      database = {
        name       = "orders"
        user       = "orders"
        secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:main/orders-AbCdEf"
      }
      permissions_boundary_arn = "arn:aws:iam::123456789012:policy/main-boundary"
    }
  }
}

run "plans_on_a_platform_that_offers_everything" {
  command = plan

  assert {
    condition     = aws_ecs_service.service.network_configuration[0].assign_public_ip
    error_message = "Without NAT a task needs an address of its own."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.load_balancer.referenced_security_group_id == "sg-0a"
    error_message = "Requests come from the load balancer only."
  }
  assert {
    condition     = length(aws_appautoscaling_target.service) == 1
    error_message = "With min_tasks below max_tasks the service scales."
  }
}

run "keeps_a_fixed_count" {
  command = plan

  variables {
    min_tasks = 2
    max_tasks = 2
  }

  assert {
    condition     = length(aws_appautoscaling_target.service) + length(aws_appautoscaling_policy.cpu) + length(aws_appautoscaling_policy.requests) == 0
    error_message = "With min_tasks = max_tasks nothing scales."
  }
}

run "refuses_a_newer_contract" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { network = merge(var.platform_contract.network, { schema_version = 2 }) })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_an_older_contract" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { network = merge(var.platform_contract.network, { schema_version = 0 }) })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_document_of_another_hand" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { edge = { hello = "world" } })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_document_that_is_no_object" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { edge = ["hello"] })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_missing_field" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { database = { schema_version = 1, capabilities = { engine = "postgres" }, port = 5432 } })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_secret_that_is_named_with_its_key" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, {
      service = merge(var.platform_contract.service, {
        database = { name = "orders", user = "orders", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:main/orders-AbCdEf:password::" }
      })
    })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_platform_without_fargate" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, {
      cluster = merge(var.platform_contract.cluster, {
        capabilities = { launch_types = ["EC2"], capacity_providers = ["ec2"], network_modes = ["bridge"], cpu_architectures = ["X86_64"] }
      })
    })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_spot_where_there_is_none" {
  command = plan

  variables {
    spot = true
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_processor_that_the_platform_lacks" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_platform_without_load_balancer" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { edge = merge(var.platform_contract.edge, { capabilities = { ingress = ["nlb"] } }) })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_another_database" {
  command = plan

  variables {
    platform_contract = merge(var.platform_contract, { database = merge(var.platform_contract.database, { capabilities = { engine = "mysql" } }) })
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_host_name_without_certificate" {
  command = plan

  variables {
    host_name = "orders.example.org"
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_two_labels_under_a_wildcard" {
  command = plan

  variables {
    host_name = "orders.dev.example.com"
  }

  expect_failures = [terraform_data.contract]
}

run "refuses_a_size_that_fargate_lacks" {
  command = plan

  variables {
    memory = 4096
  }

  expect_failures = [var.memory]
}

run "refuses_an_image_tag_that_moves" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}
