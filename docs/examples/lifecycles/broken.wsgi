"""A script that cannot be imported, because what it needs is not there."""
import a_module_that_nobody_installed

application = a_module_that_nobody_installed.application
