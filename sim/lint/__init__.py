"""What is wrong with a deployment, told before a run: findings, which never stop one."""
