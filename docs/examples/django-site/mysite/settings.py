"""The least a project needs that has one page and no database."""
SECRET_KEY = "an example holds no secret"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "mysite.urls"
USE_TZ = True
