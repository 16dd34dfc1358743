"""An appointment desk: books slots, charges cards, issues gift cards.

Unlike the shop, nothing in it refuses a second write: what must happen once is the runtime's to see to.
"""

from agent_runtime.domains.appointments.store import AppointmentDatabase, AppointmentStore
from agent_runtime.domains.appointments.tools import APPOINTMENT_TOOLS

__all__ = ["APPOINTMENT_TOOLS", "AppointmentDatabase", "AppointmentStore"]
