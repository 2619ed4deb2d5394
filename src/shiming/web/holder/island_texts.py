"""The texts of the islands, in the page's language: scripts hold no words of their own."""

from __future__ import annotations

from shiming.platform.i18n import Translator


def camera_texts(say: Translator, *, face: bool) -> dict[str, str]:
    """What the camera says: hints, buttons, and a different answer for each way in which a camera fails."""
    _ = say.gettext
    shared = {
        "open": _("Open the camera"),
        "close": _("Close the camera"),
        "shutter": _("Take the picture now"),
        "light": _("Light"),
        "flip": _("Other camera"),
        "choose": _("Choose a picture instead"),
        "use": _("Use this picture"),
        "retake": _("Take it again"),
        "starting": _("Starting the camera…"),
        "taken": _("Got it. Is everything readable?"),
        "failedTitle": _("The camera cannot be used"),
        "denied": _("You or your browser said no to the camera. Allow it in the browser's settings and try again."),
        "missing": _("This device has no camera that the browser can use."),
        "busy": _("Another app is using the camera. Close it and try again."),
        "unfit": _("The camera does not give a picture that fits. Try the other camera."),
        "slow": _("The camera did not answer within ten seconds."),
        "unsupported": _("This browser does not let pages use the camera. Open this page in your phone's own browser."),
        "ways": _("You can also choose a picture below, open this page on another phone, or go to a shop."),
        "again": _("Try the camera again"),
    }
    if face:
        return shared | {
            "title": _("Your face"),
            "hint": _("Bring your face into the oval and look at the camera"),
        }
    return shared | {
        "title": _("Your document"),
        "auto": _("Take the picture by itself"),
        "none": _("Put the document in the frame"),
        "pale": _("Use a darker surface underneath"),
        "closer": _("Move closer"),
        "edges-missing": _("Show the whole document"),
        "rotate": _("Straighten the document"),
        "flatten": _("Hold the phone flat above it"),
        "dark": _("More light, please"),
        "glare": _("Tilt away from the reflection"),
        "blur": _("Hold still, let it focus"),
        "good": _("Hold still"),
        "help": _("It does not work by itself? Press the round button."),
    }


def liveness_texts(say: Translator) -> dict[str, str]:
    """What the liveness session says: one instruction at a time, and what became of it."""
    _ = say.gettext
    return camera_texts(say, face=True) | {
        "title": _("Show that it is you"),
        "oval": _("Bring your face into the oval"),
        "dark": _("More light, please"),
        "start": _("Start"),
        "asking": _("One moment…"),
        "straight": _("Look straight ahead"),
        "turn-left": _("Turn your head slowly to your left, then back"),
        "turn-right": _("Turn your head slowly to your right, then back"),
        "nod": _("Nod slowly, down and up"),
        "closer": _("Come a little closer, then go back"),
        "blink": _("Close your eyes for a moment, then open them"),
        "step": _("{n} of {total}"),
        "left": _("{seconds} s left"),
        "cues": _("Sound and vibration at each step"),
        "sending": _("Sending… {percent} %"),
        "saved": _("No network. What you showed is saved on this phone and will be sent by itself."),
        "offline": _("There is no connection now. Try again when you are online; nothing is lost."),
        "ways": _("You can also send one photo instead, open this page on another phone, or go to a shop."),
        "again": _("Try again"),
    }


def queue_texts(say: Translator) -> dict[str, str]:
    """What the upload bar says."""
    _ = say.gettext
    return {
        "sending": _("Sending… {percent} %"),
        "saved": _("No network. The picture is saved on this phone and will be sent by itself."),
        "reading": _("Sent. We are looking at it…"),
        "refused": _("The picture was not accepted."),
        "signIn": _("Please sign in again; the picture is saved on this phone."),
    }
