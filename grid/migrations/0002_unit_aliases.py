"""Other spellings of a unit's name: the long official one, a rare character written in parts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grid", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="unit",
            name="aliases",
            field=models.CharField(
                blank=True,
                default="",
                help_text="代码库里的全称、生僻字的拆写等，查找时同样能查到",
                max_length=120,
                verbose_name="其他写法",
            ),
        ),
    ]
