"""Reads terminal.json and builds the parts of an app. Needed once: an image reads it from flash at its start and
forgets it afterwards, with all that only a start knows (files, pins, certificates).

So nothing that is made here and stays may be a function of this module: one lambda would keep all of it.
"""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportArgumentType=false
# Parts that know one another are joined after both are made; their fields are None until then.
from firmware import hal, room, tasks
from firmware.config import Config
from firmware.drivers.buzzer import Buzzer
from firmware.drivers.display import SPI_BAUD, Display
from firmware.drivers.keypad import Keypad
from firmware.drivers.pn532_bus import Pn532
from firmware.flows import make
from firmware.net import clock as clocks
from firmware.net.link import Link
from firmware.net.mqtt import Client, tls_context
from firmware.net.seal import Seal
from firmware.net.session import Session
from firmware.net.slots import Slots
from firmware.net.witness import Witness
from firmware.shell import Shell
from firmware.text import Texts
from firmware.ui.views import Views
from protocol import codec, topics
from protocol.clock import ticks_ms

SERIAL_BAUD = 115200
PUMP_BAUD = 9600
BASKETS_EACH_START = 65536
KEPT = ("pay", "receipt", "balances", "tax")  # what stands between a customer and "approved"
RELEASE_KEY = "/update/key"  # whose signature an update must bear; a terminal without it takes none


def assemble(app, folder: str) -> None:
    """Fills the fields of firmware/app.py's App; `app.screen` is there already."""
    config = Config(folder)
    app.me, app.kind, app.board = config.terminal, config.app, config.board
    app.hal = hal.Hal(config.pins)
    app.host, app.port = config.gateway_host, config.gateway_port
    app.language = Slots(folder + "/language")
    texts = Texts(app.language.value.decode() or config.language)
    app.seal = Seal(config.terminal, config.key_number, config.link_key, config.witness_key)
    certificates = [config.read(name) for name in config.tls_files]
    app.clock = clocks.Clock(folder + "/time", hal.set_time, clocks.validity(certificates[1]))
    app.witness = Witness(folder + "/witness", ticks_ms())
    app.journal = _journal(config)
    app.shell = Shell(_flow(app, config, texts), Views(config.app, texts, app.screen))
    app.shell.on_language = app.remember_language
    app.client = _client(app, config, tls_context(*certificates))
    _wire_link(app)
    room.gives.extend((app.shell.flow.give_back, codec.forget))
    app.loops = _loops(app, config)


def _journal(config):
    folder = config.folder + "/journal"
    if config.app == "reader":
        from firmware.net.number import Number

        return Number(folder)
    from firmware.net.journal import SEGMENT_BYTES, Journal, segments_for

    segments = segments_for(config.journal_bytes or hal.flash_free(config.folder))
    journal = Journal(folder, segments)
    print("journal=%s segments=%d bytes=%d" % (journal.number, segments, SEGMENT_BYTES))
    return journal


def _flow(app, config, texts):
    first_basket = app.journal.starts % 32767 * BASKETS_EACH_START + 1
    return make(config.app, config.terminal, texts, app.clock.now_s, first_basket, config.nozzles, config.folder)


def _client(app, config, context) -> Client:
    # Sealed now: the broker sends it for us when we are gone.
    will = app.seal.make("lost", {}) + (1, False)
    session = Session(config.terminal, topics.all_down(config.terminal), will)
    address = (config.gateway_host, config.gateway_port, config.gateway_name)
    client = Client(session, address, context, app.arrived, app.connected, hal.tls_memory, hal.lend)
    client.before_dial = app.before_dial
    return client


def _wire_link(app) -> None:
    shell = app.shell
    if app.kind != "reader":
        from firmware.net.lanes import Lanes

        if app.kind == "pos" and not hal.TLS_BYTES:  # 4 KB that a heap with TLS in it has not
            codec.keep(KEPT)
        shell.lanes = Lanes(app.seal, app.journal, app.client.publish, shell.emit, app.clock.now_s)
    records = (app.witness, app.journal, shell.lanes)
    shell.link = Link(app.seal, app.client.publish, shell.emit, *records, app.hello, app.clock.learn)


def _display(app) -> Display:
    out = app.hal.out
    wires = [out("display", name, value) for name, value in (("dc", 1), ("cs", 1), ("reset", 1), ("light", 0))]
    return Display(app.hal.spi("display", SPI_BAUD), *wires, app.screen, hal.lend)


def _loops(app, config) -> list:
    """The task list: what this board has chips for."""
    has, shell, board = app.hal.has, app.shell, app.hal
    loops = [tasks.supervise(board), shell.run(), tasks.tick(shell, shell.link, app.measure), app.client.run()]
    if has("display"):
        loops.append(tasks.pictures(_display(app), shell))
    if has("pn532"):
        loops.append(tasks.cards(Pn532(_pn532(board)), shell))
    if has("keypad"):
        keypad = Keypad(board.i2c("keypad"), board.input("keypad", "int"))
        loops.append(tasks.keys(keypad, shell))
    if has("scanner"):
        from firmware.drivers.scanner import Lines

        loops.append(tasks.scans(board.uart("scanner", 9600), Lines(), shell))
    if has("printer"):
        from firmware.drivers.printer import Printer

        loops.append(tasks.papers(Printer(board.uart("printer", SERIAL_BAUD), app.screen.font, hal.lend), shell))
        shell.flow.prints = True
    if has("pump"):
        loops.extend(_pumps(app, config))
    if config.wifi:
        loops.append(hal.keep_wifi(config.wifi["ssid"], config.wifi["password"]))
    loops.append(tasks.sounds(Buzzer(board.pwm("buzzer")), shell))
    if hal.has_file(RELEASE_KEY):
        loops.append(_updates(app, config))
    return loops


def _pn532(board):
    """The chip's line, whichever bus the pin map names."""
    if board.on("pn532", "uart"):
        return board.uart("pn532", SERIAL_BAUD)
    from firmware.drivers.pn532_polled import SPI_BAUD as POLLED_BAUD
    from firmware.drivers.pn532_polled import I2c, Polled, Spi

    if board.on("pn532", "i2c"):
        return Polled(I2c(board.i2c("pn532")))
    return Polled(Spi(board.spi("pn532", POLLED_BAUD), board.out("pn532", "cs", 1)))


def _pumps(app, config):
    from firmware.drivers.dart import Dart
    from firmware.pump_task import Pumps

    line, wired = app.hal.uart("pump", PUMP_BAUD, parity=1), config.nozzles  # 8O1
    pump = Dart(line, [one[1:] for one in wired], how=config.dart, direction=app.hal.out("pump", "de", 0))
    pumps = Pumps(pump, app.shell, config.folder, [one[1] for one in wired])
    pumps.remembered()
    return pump.run(), pumps.run()


def _updates(app, config):
    from firmware.update.keeper import TAG, Keeper

    shell = app.shell
    keeper = Keeper("", (config.app, config.board), shell.link, shell.rests, hal.reset, config.update_s)
    shell.others[TAG] = keeper.told
    return keeper.run()
