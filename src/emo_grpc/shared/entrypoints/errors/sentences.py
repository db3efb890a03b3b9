"""Error sentences for people, by reason. English is what the error itself says."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from emo_grpc.shared.domain.reasons import ErrorReason

SPANISH: Final[Mapping[ErrorReason, str]] = MappingProxyType(
    {
        ErrorReason.INTERNAL: "El servidor ha cometido un error.",
        ErrorReason.NOT_IMPLEMENTED: "Esta versión del servidor aún no ofrece esto.",
        ErrorReason.ENGINE_UNAVAILABLE: "El almacenamiento no responde. Inténtalo dentro de un momento.",
        ErrorReason.SERVER_DRAINING: "El servidor se está apagando. Inténtalo de nuevo.",
        ErrorReason.INVALID_ARGUMENT: "Algún dato de la petición no es correcto.",
        ErrorReason.UNDECODABLE_MESSAGE: "No se entiende el mensaje enviado.",
        ErrorReason.INVALID_PAGE_TOKEN: "La página pedida no es de esta lista.",
        ErrorReason.ETAG_MISMATCH: "Alguien lo ha cambiado mientras tanto. Léelo de nuevo.",
        ErrorReason.CONCURRENT_CHANGE: "Alguien lo ha cambiado a la vez. Inténtalo de nuevo.",
        ErrorReason.REQUEST_ID_REUSED: "Este identificador ya se usó para otra petición.",
        ErrorReason.DEADLINE_EXCEEDED: "Se ha acabado el tiempo de espera.",
        ErrorReason.STORAGE_FULL: "El servidor no tiene más espacio.",
        ErrorReason.TOO_MANY_CALLS: "El servidor está al límite. Inténtalo dentro de un momento.",
        ErrorReason.CLIENT_STALLED: "La descarga se ha parado. Continúala.",
        ErrorReason.TOKEN_MISSING: "Hay que iniciar sesión.",
        ErrorReason.TOKEN_INVALID: "La sesión no es válida. Inicia sesión de nuevo.",
        ErrorReason.TOKEN_EXPIRED: "La sesión ha caducado.",
        ErrorReason.SESSION_REVOKED: "La sesión se ha cerrado. Inicia sesión de nuevo.",
        ErrorReason.FRESH_LOGIN_REQUIRED: "Para esto hay que escribir de nuevo la contraseña.",
        ErrorReason.ADMIN_REQUIRED: "Solo los administradores pueden hacerlo.",
        ErrorReason.ACCESS_NOT_DECLARED: "Nadie puede hacerlo.",
        ErrorReason.SCOPE_REQUIRED: "Esta sesión no tiene permiso para este servicio.",
        ErrorReason.INVALID_CREDENTIALS: "El usuario o la contraseña no son correctos.",
        ErrorReason.LOGIN_THROTTLED: "Demasiados intentos. Espera un poco.",
        ErrorReason.USER_NOT_ACTIVATED: "La cuenta aún no está activada. Mira tu correo.",
        ErrorReason.USER_DISABLED: "Un administrador ha desactivado la cuenta.",
        ErrorReason.USER_NOT_FOUND: "No existe ese usuario.",
        ErrorReason.USERNAME_TAKEN: "Ese nombre de usuario ya está cogido.",
        ErrorReason.EMAIL_TAKEN: "Ya hay una cuenta con esa dirección de correo.",
        ErrorReason.ACTIVATION_TOKEN_INVALID: "El código de activación no sirve o es demasiado antiguo.",
        ErrorReason.SESSION_NOT_FOUND: "No existe esa sesión.",
        ErrorReason.REFRESH_TOKEN_INVALID: "La sesión ha terminado. Inicia sesión de nuevo.",
        ErrorReason.REFRESH_TOKEN_REUSED: "La sesión se ha cerrado por seguridad. Inicia sesión de nuevo.",
        ErrorReason.LAST_ADMIN: "Tiene que quedar al menos un administrador.",
        ErrorReason.ASSET_NOT_FOUND: "No existe ese recuerdo.",
        ErrorReason.FILE_NOT_COMPLETE: "El archivo aún no está completo.",
        ErrorReason.FILE_ALREADY_COMPLETE: "El archivo ya está completo y no se puede cambiar.",
        ErrorReason.OFFSET_OUT_OF_RANGE: "Esa posición está fuera del archivo.",
        ErrorReason.UPLOAD_PROTOCOL_VIOLATION: "La subida no sigue el orden acordado.",
        ErrorReason.SIZE_MISMATCH: "El tamaño del archivo no es el anunciado.",
        ErrorReason.CHUNK_CHECKSUM_MISMATCH: "Un trozo ha llegado dañado. Continúa la subida.",
        ErrorReason.FILE_CHECKSUM_MISMATCH: "El archivo ha llegado dañado. Súbelo de nuevo.",
        ErrorReason.STORED_FILE_CORRUPT: "El archivo guardado está dañado.",
        ErrorReason.UPLOAD_SUPERSEDED: "Otra subida del mismo archivo ha tomado el relevo.",
        ErrorReason.QUOTA_EXCEEDED: "No te queda espacio.",
        ErrorReason.UPLOAD_STALLED: "La subida se ha parado. Continúala.",
        ErrorReason.TOO_MANY_PENDING_ASSETS: "Demasiados recuerdos esperan su archivo. Acaba de subirlos o bórralos.",
        ErrorReason.METADATA_QUOTA_EXCEEDED: "No caben más descripciones y etiquetas. Acorta o borra algo.",
        ErrorReason.ASSET_RECORD_CORRUPT: "La ficha de este recuerdo está dañada. Avisa a quien lleva el servidor.",
    }
)

CATALAN: Final[Mapping[ErrorReason, str]] = MappingProxyType(
    {
        ErrorReason.INTERNAL: "El servidor ha comès un error.",
        ErrorReason.NOT_IMPLEMENTED: "Aquesta versió del servidor encara no ho ofereix.",
        ErrorReason.ENGINE_UNAVAILABLE: "L'emmagatzematge no respon. Torna-ho a provar d'aquí a un moment.",
        ErrorReason.SERVER_DRAINING: "El servidor s'està aturant. Torna-ho a provar.",
        ErrorReason.INVALID_ARGUMENT: "Alguna dada de la petició no és correcta.",
        ErrorReason.UNDECODABLE_MESSAGE: "No s'entén el missatge enviat.",
        ErrorReason.INVALID_PAGE_TOKEN: "La pàgina demanada no és d'aquesta llista.",
        ErrorReason.ETAG_MISMATCH: "Algú ho ha canviat mentrestant. Torna-ho a llegir.",
        ErrorReason.CONCURRENT_CHANGE: "Algú ho ha canviat alhora. Torna-ho a provar.",
        ErrorReason.REQUEST_ID_REUSED: "Aquest identificador ja es va fer servir per a una altra petició.",
        ErrorReason.DEADLINE_EXCEEDED: "S'ha acabat el temps d'espera.",
        ErrorReason.STORAGE_FULL: "El servidor no té més espai.",
        ErrorReason.TOO_MANY_CALLS: "El servidor està al límit. Torna-ho a provar d'aquí a un moment.",
        ErrorReason.CLIENT_STALLED: "La baixada s'ha aturat. Continua-la.",
        ErrorReason.TOKEN_MISSING: "Cal iniciar la sessió.",
        ErrorReason.TOKEN_INVALID: "La sessió no és vàlida. Torna a iniciar-la.",
        ErrorReason.TOKEN_EXPIRED: "La sessió ha caducat.",
        ErrorReason.SESSION_REVOKED: "La sessió s'ha tancat. Torna a iniciar-la.",
        ErrorReason.FRESH_LOGIN_REQUIRED: "Per a això cal tornar a escriure la contrasenya.",
        ErrorReason.ADMIN_REQUIRED: "Només els administradors ho poden fer.",
        ErrorReason.ACCESS_NOT_DECLARED: "Ningú no ho pot fer.",
        ErrorReason.SCOPE_REQUIRED: "Aquesta sessió no té permís per a aquest servei.",
        ErrorReason.INVALID_CREDENTIALS: "L'usuari o la contrasenya no són correctes.",
        ErrorReason.LOGIN_THROTTLED: "Massa intents. Espera una mica.",
        ErrorReason.USER_NOT_ACTIVATED: "El compte encara no està activat. Mira el teu correu.",
        ErrorReason.USER_DISABLED: "Un administrador ha desactivat el compte.",
        ErrorReason.USER_NOT_FOUND: "No existeix aquest usuari.",
        ErrorReason.USERNAME_TAKEN: "Aquest nom d'usuari ja està agafat.",
        ErrorReason.EMAIL_TAKEN: "Ja hi ha un compte amb aquesta adreça de correu.",
        ErrorReason.ACTIVATION_TOKEN_INVALID: "El codi d'activació no serveix o és massa antic.",
        ErrorReason.SESSION_NOT_FOUND: "No existeix aquesta sessió.",
        ErrorReason.REFRESH_TOKEN_INVALID: "La sessió s'ha acabat. Torna a iniciar-la.",
        ErrorReason.REFRESH_TOKEN_REUSED: "La sessió s'ha tancat per seguretat. Torna a iniciar-la.",
        ErrorReason.LAST_ADMIN: "Ha de quedar almenys un administrador.",
        ErrorReason.ASSET_NOT_FOUND: "No existeix aquest record.",
        ErrorReason.FILE_NOT_COMPLETE: "El fitxer encara no està complet.",
        ErrorReason.FILE_ALREADY_COMPLETE: "El fitxer ja està complet i no es pot canviar.",
        ErrorReason.OFFSET_OUT_OF_RANGE: "Aquesta posició és fora del fitxer.",
        ErrorReason.UPLOAD_PROTOCOL_VIOLATION: "La pujada no segueix l'ordre acordat.",
        ErrorReason.SIZE_MISMATCH: "La mida del fitxer no és l'anunciada.",
        ErrorReason.CHUNK_CHECKSUM_MISMATCH: "Un tros ha arribat malmès. Continua la pujada.",
        ErrorReason.FILE_CHECKSUM_MISMATCH: "El fitxer ha arribat malmès. Torna'l a pujar.",
        ErrorReason.STORED_FILE_CORRUPT: "El fitxer desat està malmès.",
        ErrorReason.UPLOAD_SUPERSEDED: "Una altra pujada del mateix fitxer ha pres el relleu.",
        ErrorReason.QUOTA_EXCEEDED: "No et queda espai.",
        ErrorReason.UPLOAD_STALLED: "La pujada s'ha aturat. Continua-la.",
        ErrorReason.TOO_MANY_PENDING_ASSETS: "Massa records esperen el seu fitxer. Acaba de pujar-los o esborra'ls.",
        ErrorReason.METADATA_QUOTA_EXCEEDED: "No hi caben més descripcions i etiquetes. Escurça'n o esborra'n alguna.",
        ErrorReason.ASSET_RECORD_CORRUPT: "La fitxa d'aquest record està malmesa. Avisa qui porta el servidor.",
    }
)

TABLES: Final[Mapping[str, Mapping[ErrorReason, str]]] = MappingProxyType({"es": SPANISH, "ca": CATALAN})


def sentence(reason: ErrorReason, locale: str) -> str | None:
    """What people read of this reason; None where only the error's own English sentence will do."""
    return TABLES.get(locale, {}).get(reason)
