"""Each kind of entry of a chart, and what is read of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hoofbeat.apps.web.fhir_bundle import Chart, contained
from hoofbeat.apps.web.fhir_codes import codings, finding_of, set_of, sites_of, test_of, words
from hoofbeat.apps.web.fhir_gather import Gathered, Visit
from hoofbeat.apps.web.fhir_parts import (
    code,
    day_in,
    list_of,
    number,
    usual_range,
    yes_or_no,
)
from hoofbeat.apps.web.fhir_rules import fhir_rules
from hoofbeat.apps.web.fhir_weight import in_kilograms
from hoofbeat.apps.web.fhir_whose import Owner
from hoofbeat.cases import Measurement
from hoofbeat.knowledge import CodeSet, DrugSet, WeightSet

DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
CONTACT = "Encounter"
RESOURCE = Mapping[str, Any]
_GIVEN = (
    "authoredOn",
    "effectiveDateTime",
    "effectivePeriod",
    "whenHandedOver",
    "whenPrepared",
    "dateAsserted",
)
_SEEN = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")


class ChartReader:
    """Reads the entries of one patient's chart, each by its kind."""

    def __init__(self, chart: Chart, today: date, owner: Owner) -> None:
        self.chart, self.rules, self.owner = chart, fhir_rules(), owner
        self.found = Gathered(today)
        self._set_aside()
        self._told_at = {
            id(condition): contact
            for contact in chart.of(CONTACT)
            for item in list_of(contact.get("diagnosis"))
            if isinstance(item, Mapping)
            and (condition := chart.pointed(item.get("condition"), contact)) is not None
        }

    def _set_aside(self) -> None:
        others = [r for r in self.chart.resources if not self.owner.has(r)]
        for resource in others:
            self.found.left.add("other-patient", resource.get("resourceType"))
        self.chart.set_aside(others)

    def read(self) -> None:
        """Read everything; what is not read is counted."""
        left = self.found.left
        if self.chart.beyond:
            left.add("beyond", "Bundle", self.chart.beyond)
        if self.chart.unsent:
            left.add("unsent", "Bundle", self.chart.unsent)
        for resource in self.chart.resources:
            kind = resource.get("resourceType")
            if kind in ("Patient", "Medication"):
                continue  # read where it is pointed to
            if self._void(resource):
                left.add("left-out", kind)
            elif kind in _READERS:
                _READERS[kind](self, resource)
            else:
                left.add("not-read", kind)

    def visits(self) -> tuple[Visit, ...]:
        """Return the contacts that took place, the oldest first."""
        held = [e for e in self.chart.of(CONTACT) if not self._void(e) and not self._planned(e)]
        return tuple(
            sorted(Visit(day_in(e, "period"), self.rules.contacts.get(_class_of(e), "")) for e in held)
        )

    def _void(self, resource: RESOURCE) -> bool:
        stated = {str(resource.get("status", "")), code(resource.get("verificationStatus"))}
        return bool(stated & self.rules.void) or resource.get("doNotPerform") is True

    def _planned(self, resource: RESOURCE) -> bool:
        return str(resource.get("status", "")) in self.rules.not_yet

    def _day(self, resource: RESOURCE, *fields: str) -> str:
        """The day that an entry itself tells, else that of the contact it belongs to."""
        return day_in(resource, *fields) or self._day_of_contact(resource)

    def _day_of_contact(self, resource: RESOURCE) -> str:
        contact = self.chart.pointed(resource.get("encounter") or resource.get("context"), resource)
        contact = contact or self._told_at.get(id(resource))
        if contact is None or contact.get("resourceType") != CONTACT or self._void(contact):
            return ""
        return day_in(contact, "period")

    def contact(self, resource: RESOURCE) -> None:
        """Read why the patient came: a complaint, as of that day. A contact not yet held says nothing."""
        if self._planned(resource):
            self.found.left.add("doubtful", CONTACT)
            return
        day = day_in(resource, "period")
        for reason in list_of(resource.get("reasonCode")):
            term, said = finding_of(reason)
            if term:
                self.found.finding(term, said, day=day)
            else:
                self.found.left.add("not-used", CONTACT)

    def condition(self, resource: RESOURCE) -> None:
        """Read a problem or diagnosis."""
        verified, concept = code(resource.get("verificationStatus")), resource.get("code")
        if verified in self.rules.doubtful:
            self.found.left.add("doubtful", "Condition")
            return
        term, said = finding_of(concept)
        refuted = verified == "refuted"
        if not refuted:
            self._known(set_of(concept))
        if not term:
            if said and not refuted:
                self.found.labels.append(said)
            else:
                self.found.left.add("not-used", "Condition")
            return
        over = code(resource.get("clinicalStatus")) in self.rules.over and not refuted
        if over:
            self.found.left.add("over", "Condition")
        day = self._day(resource, "onsetDateTime", "onsetPeriod", "recordedDate")
        where = sites_of(resource.get("bodySite"))
        self.found.finding(term, said, absent=refuted, day=day, where=where, over=over)

    def _known(self, known: CodeSet | None) -> None:
        self.found.known += getattr(known, "disease", ())

    def observation(self, resource: RESOURCE) -> None:
        """Read a value, or a finding with yes or no; each component is one of its own."""
        parts = [p for p in list_of(resource.get("component")) if isinstance(p, Mapping)]
        day = self._day(resource, *_SEEN)
        read = [self._value(part, day) or self._awaits(part) for part in (resource, *parts)]
        # a panel's own line holds no value: it is there for its members
        if not any(read) and not list_of(resource.get("hasMember")):
            self.found.left.add("not-used", "Observation")
        elif missed := sum(not r for r in read[1:]):
            self.found.left.add("not-used", "Observation", missed)

    def _awaits(self, part: RESOURCE) -> bool:
        """Note a test that was ordered or done and has no value that is read; never counts as read."""
        test = test_of(part.get("code"))
        if test is not None and not part.get("dataAbsentReason"):
            self.found.awaited.append(test.slug)
        return False

    def order(self, resource: RESOURCE) -> None:
        """Read which test was ordered; nothing else of an order is read, and it is counted as not read."""
        self._awaits(resource)
        self.found.left.add("not-read", "ServiceRequest")

    def _value(self, part: RESOURCE, day: str) -> bool:
        quantity = part.get("valueQuantity")
        if isinstance(quantity, Mapping):
            return self._measured(part, quantity, day)
        there = yes_or_no(part)
        term, said = finding_of(part.get("code")) if there is not None else ("", "")
        if not term:
            return False
        self.found.finding(term, said, absent=not there, day=day, where=sites_of(part.get("bodySite")))
        return True

    def _measured(self, part: RESOURCE, quantity: RESOURCE, day: str) -> bool:
        concept = part.get("code")
        known, loincs = set_of(concept), (c.code for c in codings(concept) if c.vocabulary == "LOINC")
        value, unit = number(quantity.get("value")), quantity.get("code") or quantity.get("unit")
        if value is None or not unit:
            return False
        if isinstance(known, WeightSet):
            kilograms = in_kilograms(value, str(unit))
            if kilograms is None:
                return False
            self.found.weighed(day, kilograms)
            return True
        test = test_of(concept)
        if test is None:
            return False
        low, high = usual_range(part)
        loinc = next(loincs, None)
        self.found.measured(
            Measurement(
                test=test.slug, value=value, unit=str(unit), low=low, high=high, date=day or None, loinc=loinc
            )
        )
        return True

    def report(self, resource: RESOURCE) -> None:
        """Read the coded conclusions of a report, once final; its results are entries of their own.

        Results that lie inside the report are read here; words of a conclusion are counted, never read.
        """
        if resource.get("conclusion") or list_of(resource.get("presentedForm")):
            self.found.left.add("words-not-read", "DiagnosticReport")
        for pointer in list_of(resource.get("result")):
            result = self.chart.pointed(pointer, resource)
            if result is None:
                self.found.left.add("not-along", "Observation")
            elif any(result is r for r in contained(resource)):
                self._inside(result)
        if self._planned(resource):
            self._awaits(resource)
        concepts = list_of(resource.get("conclusionCode"))
        if self._planned(resource) and concepts:
            self.found.left.add("doubtful", "DiagnosticReport")
            return
        for concept in concepts:
            self._known(set_of(concept))
            term, said = finding_of(concept)
            if term:
                self.found.finding(term, said, day=self._day(resource, *_SEEN))
            elif said:
                self.found.labels.append(said)
            else:
                self.found.left.add("not-used", "DiagnosticReport")

    def _inside(self, result: RESOURCE) -> None:
        if not self.owner.has(result):
            self.found.left.add("other-patient", result.get("resourceType"))
        elif self._void(result):
            self.found.left.add("left-out", result.get("resourceType"))
        elif result.get("resourceType") == "Observation":
            self.observation(result)

    def drug(self, resource: RESOURCE) -> None:
        """Read what was prescribed or given, and on which day."""
        concept = resource.get("medicationCodeableConcept")
        if not concept and resource.get("medicationReference"):
            named = self.chart.pointed(resource["medicationReference"], resource)
            if named is None:
                self.found.left.add("not-along", "Medication")
                return
            concept = named.get("code")
        found = set_of(concept)
        drug = found if isinstance(found, DrugSet) else None
        name = (drug.treatment if drug else "") or words(concept)
        if name:
            self.found.drug(name, self._day(resource, *_GIVEN), drug)
        else:
            self.found.left.add("not-used", resource.get("resourceType"))

    def procedure(self, resource: RESOURCE) -> None:
        """Read what was done."""
        name = words(resource.get("code"))
        if name:
            self.found.drug(name, self._day(resource, "performedDateTime", "performedPeriod"))
        else:
            self.found.left.add("not-used", "Procedure")


def _class_of(contact: RESOURCE) -> str:
    kind = contact.get("class")
    return str(kind.get("code", "")) if isinstance(kind, Mapping) else ""


_READERS = {
    CONTACT: ChartReader.contact,
    "Condition": ChartReader.condition,
    "Observation": ChartReader.observation,
    "DiagnosticReport": ChartReader.report,
    "Procedure": ChartReader.procedure,
    "ServiceRequest": ChartReader.order,
    **dict.fromkeys(DRUGS, ChartReader.drug),
}
