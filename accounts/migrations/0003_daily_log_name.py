from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_assignments"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="accesslog",
            options={"verbose_name": "登录与规则日志"},
        ),
    ]
