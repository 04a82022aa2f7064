# Make targets of this service's own. `make help` lists a target whose line ends in `## What it does`.
