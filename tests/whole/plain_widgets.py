"""A window of ordinary Qt widgets, which leak: what a sealed screen is compared with. Prints where they stand."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QLineEdit, QTableView, QTextEdit, QVBoxLayout, QWidget


def main() -> int:
    app = QApplication(sys.argv)
    window = QWidget()
    column = QVBoxLayout(window)
    words = sys.argv[1]
    table, model = QTableView(), QStandardItemModel(1, 1)
    model.setItem(0, 0, QStandardItem(f"table {words}"))
    table.setModel(model)
    table.setColumnWidth(0, 400)
    places: list[QWidget] = [QLineEdit(f"line {words}"), QTextEdit(f"text {words}"), table]
    for place in places:
        column.addWidget(place)
    window.resize(700, 500)
    window.show()

    def tell() -> None:
        for place in places:
            corner = place.mapToGlobal(place.rect().topLeft())
            sys.stdout.write(json.dumps({"at": corner.toTuple(), "size": place.size().toTuple()}) + "\n")
        sys.stdout.flush()

    QTimer.singleShot(700, tell)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
