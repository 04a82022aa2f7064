plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are named by what they hold, not main.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}
