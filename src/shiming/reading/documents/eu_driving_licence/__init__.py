"""Driving licences of the model of the European Union (Directive 2006/126/EC, annex I), and of states that follow it."""
