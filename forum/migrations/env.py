"""Run by Alembic: the tables of forum/models.py on the connection that forum/migrations hands over."""

from alembic import context

from forum.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
