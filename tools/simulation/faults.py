"""Disasters of a busy time, and what people do about them afterwards."""

from typing import TYPE_CHECKING

from tools.simulation.schedule import Clock
from tools.simulation.set_back import Watched
from tools.simulation.store import Store

if TYPE_CHECKING:
    from tools.simulation.terminal import Terminal
    from tools.simulation.world import World

SKEWS_S = (-86_400, 86_400, 30 * 86_400, -1_700_000_000, 3_600)
CUT_MS = (5_000, 300_000)
OFF_MS = (5_000, 120_000)


def plan(world: "World", window_ms: int) -> None:
    """Draws what will happen in this busy time, and when."""
    for code in sorted(world.stores):
        for fault, strike in DISASTERS.items():
            if world.chance.strikes(fault):
                world.schedule.after(world.fault_dice.randint(0, window_ms), strike, world, code)
    if world.chance.strikes("kill_office"):
        world.schedule.after(world.fault_dice.randint(0, window_ms), kill_office, world)
    if world.mix.faults.get("restore_office"):
        world.schedule.after(world.backup_dice.randint(0, window_ms), world.office.back_up)
    if world.chance.strikes("restore_office"):
        world.schedule.after(world.fault_dice.randint(0, window_ms), restore_office, world)


def kill_office(world: "World") -> None:
    if world.office.alive:
        world.office.kill()


def restore_office(world: "World") -> None:
    """Head office's disk is its newest backup some while later on: what it has done since is forgotten by it alone."""
    if world.office.alive:
        world.office.back_up()
        wait_ms = world.fault_dice.randint(1_000, 60_000)
        world.schedule.after(wait_ms, _restore_office, world, "%032x" % world.fault_dice.getrandbits(128))


def _restore_office(world: "World", life: str) -> None:
    """Not where a store was enrolled, fenced or given up meanwhile: who was enrolled since has to be so once more."""
    office, truth = world.office, world.truth
    if office.alive and office.backup and truth.can_go_back(office.backup.mark, office.vault):
        truth.office_set_back(office.backup.mark, office.vault)
        office.restore(office.backup, life)
        truth.office_seen = len(office.vault.events)
        world.summary.happened["office_restored"] += 1
        for code in sorted(world.stores):
            if world.chance.strikes("cut_line"):  # what this one has taken is heard late
                cut_line(world, code)


def cut_line(world: "World", code: str) -> None:
    """No head office, for seconds or for longer than the busy time."""
    wire = world.stores[code].line
    wire.up = False
    world.schedule.after(world.fault_dice.randint(*CUT_MS), _mend, wire)


def cut_lan(world: "World", code: str) -> None:
    """The store's own network fails; its terminals connect again afterwards."""
    store = world.stores[code]
    store.lan.up = False
    world.schedule.after(world.fault_dice.randint(2_000, 40_000), _mend_lan, world, store.lan, code)


def _mend(wire) -> None:
    wire.up = True


def _mend_lan(world: "World", wire, code: str) -> None:
    wire.up = True
    for name in world.terminals_of[code]:
        world.terminals[name].say_hello()


def kill_store(world: "World", code: str) -> None:
    """kill -9 between two batches; the supervisor starts it again."""
    _die(world, world.stores[code], False)


def power_cut(world: "World", code: str) -> None:
    """The machine starts anew: the broker's memory and the monotonic clock are gone as well."""
    _die(world, world.stores[code], True)


def _die(world: "World", store: Store, machine_too: bool) -> None:
    store.kill()
    world.schedule.after(world.fault_dice.randint(100, 15_000), store.come_back, machine_too)


def restart_terminal(world: "World", code: str) -> None:
    world.terminals[world.fault_dice.choice(world.terminals_of[code])].start()


def switch_off(world: "World", code: str) -> None:
    """A terminal is dark for a while, and others sell."""
    world.terminals[world.fault_dice.choice(world.terminals_of[code])].switch_off(world.fault_dice.randint(*OFF_MS))


def lose_flash(world: "World", code: str) -> None:
    """A terminal is repaired with a new flash chip."""
    name = world.fault_dice.choice(world.terminals_of[code])
    world.litres.excuse(name, "flash")
    world.terminals[name].lose_flash()


def pump_dark(world: "World", code: str) -> None:
    """A dispenser has no power for a while."""
    world.pumps[world.fault_dice.choice(world.terminals_of[code])].power_cut(world.fault_dice.randint(*OFF_MS))


def leak(world: "World", code: str) -> None:
    """A totaliser counts without a fill."""
    world.pumps[world.fault_dice.choice(world.terminals_of[code])].leak()


def skew_clock(world: "World", code: str) -> None:
    """The store's wall clock is suddenly wrong, or right again."""
    world.stores[code].clock.skew_s = world.fault_dice.choice((0, *SKEWS_S))


def stale_hello(world: "World", code: str) -> None:
    """A hello that a terminal said long ago arrives now."""
    _late_hello(world, world.terminals[world.fault_dice.choice(world.terminals_of[code])])


def _late_hello(world: "World", terminal: "Terminal") -> None:
    store, frame = world.store_of(terminal), terminal.old_hello(world.fault_dice)
    if frame is not None:
        store.hears(terminal.name, "hello", frame)


def late_post(world: "World", code: str) -> None:
    """What the uplink said to the life before lay in the broker and comes to the one of now."""
    store = world.stores[code]
    number = int(store.books.value("hq_cursor") or 0) + 1
    posts = [one for life, one in world.posts.get(code, ()) if life != store.books.incarnation]
    posts = [one for one in posts if one[0] != "hq" or one[1] == number]
    if posts and store.alive:
        world.summary.happened["late_post"] += 1
        store.arrive(*world.fault_dice.choice(posts))


def rot(world: "World", code: str) -> None:
    """A page of the disk is damaged: the line of an event that is not booked yet says something else."""
    store = world.stores[code]
    after = int(store.books.value("booked_seq") or 0)
    for event, _ in store.books.events_after(after, 1):
        line = event.line.replace(b'"at_s":17', b'"at_s":16', 1)
        if line != event.line:
            world.truth.harmed(store, "rotten")
            world.summary.happened["rotten_line"] += 1
            store.books.spoil(event.seq, line)


def mix_up(world: "World", terminal: "Terminal", lane: int) -> None:
    """A journal has lost its count: the id of the last request comes once more, with other words."""
    sequence = terminal.flash.last[lane]
    if not terminal.busy(lane) and (lane, sequence) in terminal.flash.asked:
        message, frame = terminal.flash.asked[lane, sequence]
        message, other = terminal.sealed(message, {**frame.values, "at_s": 1})
        world.store_of(terminal).hears(terminal.name, message, other)


def roll_back(world: "World", code: str) -> None:
    """The store's disk is a backup from some while later on."""
    store = world.stores[code]
    image, times = world.depth.image(store.books), _times_set_back(world, store)
    world.schedule.after(world.fault_dice.randint(1_000, 60_000), _set_back, world, store, image, times)


def _times_set_back(world: "World", store: Store) -> int:
    return world.truth.lives[store.books.incarnation].harm.count("set back")


def _set_back(world: "World", store: Store, image: object, times: int) -> None:
    """Not to an image of what the disk would have become, had it not been set back meanwhile: that is a copy."""
    if world.stores[store.code] is not store or _times_set_back(world, store) != times:
        return
    store.kill()
    world.truth.harmed(store, "set back")
    world.depth.restore(store.books, image)
    head, incarnation = store.books.head().seq, store.books.incarnation
    mine = [world.terminals[name] for name in world.terminals_of[store.code]]
    know_more = [one for one in mine if one.has_seen(incarnation) > head]
    life = world.truth.lives[incarnation]
    life.betrayed_by += [one.flash for one in know_more]
    life.watched = Watched(store.books, head, know_more)
    back_ms = world.fault_dice.randint(100, 10_000)
    world.schedule.after(back_ms, store.come_back, True)
    for one in know_more:
        if world.chance.strikes("switch_off"):
            one.switch_off(back_ms + world.fault_dice.randint(*OFF_MS))
        if world.chance.strikes("stale_hello"):
            world.schedule.after(back_ms + world.fault_dice.randint(0, 2_000), _late_hello, world, one)


def clone(world: "World", code: str) -> None:
    """A copy of the disk starts in a second machine and draws some of the terminals away."""
    store = world.stores[code]
    if code + "'" in world.clones or len(world.terminals_of[code]) < 2:
        return
    books = world.depth.copy(store.books)
    world.truth.harmed(store, "copied")
    clock = Clock(world.schedule, store.clock.begins_s)
    twin = world.clones[code + "'"] = Store(world, code, books, clock, code + "'")
    half = len(store.terminals) // 2
    twin.terminals, store.terminals = store.terminals[:half], store.terminals[half:]
    twin.line.up = store.line.up and world.fault_dice.random() < 0.5
    twin.start(machine_too=True)
    for name in twin.terminals:
        world.terminals[name].say_hello()


def lose_disk(world: "World", code: str) -> None:
    """Nothing is left of the gateway; somebody has to enrol a new one."""
    store = world.stores[code]
    store.kill()
    world.truth.harmed(store, "lost")
    store.lost = True


DISASTERS = {
    "cut_line": cut_line,
    "cut_lan": cut_lan,
    "kill_store": kill_store,
    "power_cut": power_cut,
    "restart_terminal": restart_terminal,
    "switch_off": switch_off,
    "lose_flash": lose_flash,
    "skew_clock": skew_clock,
    "stale_hello": stale_hello,
    "late_post": late_post,
    "rot": rot,
    "pump_dark": pump_dark,
    "leak": leak,
    "roll_back": roll_back,
    "clone": clone,
    "lose_disk": lose_disk,
}


def operators(world: "World") -> None:
    """Somebody comes by: a copied machine is switched off, a fenced or lost gateway is enrolled again."""
    world.people.back_office.set_aside_the_gone()
    for code, store in sorted(world.stores.items()):
        store.close_suspense()
        store.settle_fills()
        fenced = store.lost or store.books.value("fenced") or world.office.vault.gateway(code).status == "fenced"
        if not fenced or not store.line.up or not world.office.alive:
            continue
        _retire_copy(world, code)
        if world.enrol(code, store.clock):
            world.summary.happened["enrolled_again"] += 1
            fresh = world.stores[code]
            fresh.start(machine_too=True)
            if not store.lost:
                fresh.tell_old_disk(store.books)


def _retire_copy(world: "World", code: str) -> None:
    twin = world.clones.pop(code + "'", None)
    if twin is not None:
        twin.kill()
        world.set_aside.append(twin)
        world.stores[code].terminals = list(world.terminals_of[code])


def mend(world: "World") -> None:
    """Everything that people can mend at once."""
    for terminal in world.terminals.values():
        terminal.wake()
    for stand in world.pumps.values():
        stand.mend()
    for code, store in sorted(world.stores.items()):
        _retire_copy(world, code)
        store.line.up = True
        store.clock.skew_s = 0
        _mend_lan(world, store.lan, code)
