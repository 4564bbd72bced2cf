// Names, errors, timeouts and the status are part of this library's surface.
@_exported public import SluiceModel
