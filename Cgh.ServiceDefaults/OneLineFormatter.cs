using Cgh.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Cgh.ServiceDefaults;

/// <summary>Writes each log entry, with the first line of its exception, on one line; with CGH_TRACE=1 the stack trace follows.</summary>
internal sealed class OneLineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "one-line";

    private readonly bool _traces = Environment.GetEnvironmentVariable(CommandLine.TraceVariable) == "1";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        var message = logEntry.Formatter(logEntry.State, null).ReplaceLineEndings(" ");
        var error = logEntry.Exception;
        var reason = error is null ? "" : $" {error.GetType().Name}: {UserText.FirstLine(error.GetBaseException())}";
        textWriter.WriteLine($"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {level} {logEntry.Category}: {message}{reason}");
        if (error is not null && _traces)
        {
            textWriter.WriteLine(error);
        }
    }
}
