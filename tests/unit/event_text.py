"""A small event file with activities of its own, quick to play for every engine."""

EVENT_TEXT = """\
bingosim: 1
event: {name: Small bingo, start: 2026-12-05T12:00, timezone: UTC, duration: 2h}
board:
  kind: rows
  unlock_points: 2
  rows:
    - - {key: hide, name: Four hides, points: 2, need: 4,
         from: [{activity: boss.cow, accepts: [item.hide]}]}
      - {key: bell, name: A bell, points: 3, from: [{activity: boss.cow, accepts: [item.bell]}]}
    - - {key: egg, name: Two eggs, points: 4, need: 2,
         from: [{activity: boss.chicken, accepts: [item.egg]}]}
activities:
  - key: boss.cow
    time: {seconds: 120, spread: 30}
    loot: [{drops: [{chance: 1/4, gives: item.hide}, {chance: 1/80, gives: item.bell}]}]
  - key: boss.chicken
    time: {seconds: 90, spread: 10}
    loot: [{drops: [{chance: 1/30, gives: item.egg}]}]
players:
  - {name: Ann}
  - {name: Bob, speed: 1.3}
teams:
  - {name: Reds, players: [Ann]}
  - {name: Blues, players: [Bob]}
"""
