"""Sentences in other languages than English, for texts that answer in the wrong one; by split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from granulator.dev.quality.split import Split

SENTENCES: Mapping[Split, Mapping[str, Sequence[str]]] = {
    Split.DEV: {
        "de": (
            "Zuerst wird die Fläche gereinigt, damit später nichts mehr haften bleibt.",
            "Wer zu früh aufhört, muss am nächsten Tag noch einmal von vorne anfangen.",
            "Die Temperatur entscheidet darüber, wie schnell der Vorgang abläuft.",
            "Man erkennt den richtigen Zeitpunkt daran, dass sich die Farbe verändert.",
            "In der Praxis hat es sich bewährt, jeden Schritt kurz zu notieren.",
            "Ohne eine klare Absprache verliert die Gruppe viel Zeit.",
            "Der zweite Versuch gelingt meistens besser als der erste.",
            "Dabei ist es wichtig, dass niemand den anderen im Weg steht.",
            "Am Ende zählt nicht die Menge, sondern wie sorgfältig gearbeitet wurde.",
            "Viele Fehler lassen sich vermeiden, wenn man vorher nachfragt.",
            "Das Werkzeug sollte trocken liegen und nicht in der Sonne stehen.",
            "Sobald die Antwort vorliegt, wird sie an alle Beteiligten geschickt.",
        ),
        "fr": (
            "On commence par nettoyer la surface afin que rien ne reste collé plus tard.",
            "Celui qui s'arrête trop tôt devra tout recommencer le lendemain.",
            "La température décide de la vitesse à laquelle les choses avancent.",
            "On reconnaît le bon moment au changement de couleur.",
            "Dans la pratique, il est utile de noter brièvement chaque étape.",
            "Sans accord clair, le groupe perd beaucoup de temps.",
            "Le deuxième essai réussit presque toujours mieux que le premier.",
            "Il est important que personne ne gêne les autres pendant le travail.",
            "À la fin, ce n'est pas la quantité qui compte mais le soin apporté.",
            "Beaucoup d'erreurs peuvent être évitées si l'on pose des questions avant.",
            "Les outils doivent être rangés au sec et à l'abri du soleil.",
            "Dès que la réponse arrive, elle est envoyée à toutes les personnes concernées.",
        ),
    },
    Split.TEST: {
        "es": (
            "Primero se prepara el material para que todo esté al alcance de la mano.",
            "Quien tiene prisa suele repetir el trabajo al día siguiente.",
            "El tiempo de espera depende sobre todo de la humedad del aire.",
            "Se nota que está listo cuando la superficie deja de brillar.",
            "Conviene apuntar cada decisión para poder explicarla más tarde.",
            "Si nadie pregunta, los errores se quedan donde están.",
            "La segunda vez todos saben ya lo que tienen que hacer.",
            "No hace falta comprar nada caro, pero sí cuidar lo que se tiene.",
            "Después de la pausa se revisan los resultados con calma.",
            "Lo más difícil es reconocer el momento en que hay que parar.",
            "Cada persona recibe una copia y la firma antes de marcharse.",
            "Al final se guarda todo en su sitio y se apaga la luz.",
        ),
        "de": (
            "Bevor es losgeht, legt man sich alles bereit, was gebraucht wird.",
            "Wer es eilig hat, macht die Arbeit meistens zweimal.",
            "Wie lange man warten muss, hängt vor allem von der Luftfeuchtigkeit ab.",
            "Wenn die Oberfläche nicht mehr glänzt, ist der nächste Schritt dran.",
            "Jede Entscheidung wird aufgeschrieben, damit man sie später erklären kann.",
            "Fragt keiner nach, bleiben die Fehler einfach stehen.",
            "Beim zweiten Mal wissen schon alle, was sie zu tun haben.",
            "Teuer muss nichts sein, aber gepflegt werden sollte es schon.",
            "Nach der Pause werden die Ergebnisse in Ruhe durchgesehen.",
            "Am schwierigsten ist es, den Augenblick zum Aufhören zu erkennen.",
            "Alle bekommen eine Kopie und unterschreiben sie vor dem Heimweg.",
            "Zum Schluss kommt alles an seinen Platz, und das Licht wird gelöscht.",
        ),
    },
}
