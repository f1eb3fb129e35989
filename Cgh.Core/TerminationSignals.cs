using System.Runtime.InteropServices;

namespace Cgh.Core;

/// <summary>
/// Cancels a token on every signal that ends a process by default: a closed terminal or a lost SSH connection (HUP), a batch system's warning (USR1, USR2,
/// XCPU) and the rest, besides Ctrl-C and TERM. A program then ends in order, with a checkpoint.
/// </summary>
/// <remarks>One that the process was started to ignore stays ignored: HUP under <c>nohup</c>, INT in the background of a script.</remarks>
internal sealed class TerminationSignals : IDisposable
{
    private const int FirstExitCode = 128;
    private const int FileSizeExceeded = 25;

    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource<int> _overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeSpan _patience;

    private TerminationSignals(TimeSpan patience) => _patience = patience;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Completes, with the exit code that a shell expects, if the program has not ended some time after the signal.</summary>
    public Task<int> Overdue => _overdue.Task;

    /// <param name="patience">How long after the first signal <see cref="Overdue"/> completes.</param>
    public static TerminationSignals Register(TimeSpan patience)
    {
        var signals = new TerminationSignals(patience);
        var ignored = OperatingSystem.IsLinux() ? IgnoredOnLinux() : 0;
        foreach (var signal in Known())
        {
            if ((ignored & Bit(signal)) == 0)
            {
                signals._registrations.Add(PosixSignalRegistration.Create(signal, signals.Handle));
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            // A write beyond the limit of a file's size (ulimit -f) then fails, with an error that names the file.
            signals._registrations.Add(PosixSignalRegistration.Create((PosixSignal)FileSizeExceeded, context => context.Cancel = true));
        }

        return signals;
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var exitCode = FirstExitCode + Number(context.Signal);
        Task.Delay(_patience).ContinueWith(_ => _overdue.TrySetResult(exitCode), TaskScheduler.Default);
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The program has just ended.
        }
    }

    private static IEnumerable<PosixSignal> Known()
    {
        PosixSignal[] named = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP];
        // USR1, USR2, ALRM, STKFLT, XCPU, VTALRM, PROF, IO, PWR; those without a name in .NET have the system's numbers.
        int[] raw = OperatingSystem.IsLinux() ? [10, 12, 14, 16, 24, 26, 27, 29, 30] : OperatingSystem.IsMacOS() ? [30, 31, 14, 24, 26, 27] : [];
        return [.. named, .. raw.Select(number => (PosixSignal)number)];
    }

    // .NET's names are negative.
    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        PosixSignal.SIGTERM => 15,
        _ => (int)signal,
    };

    private static ulong Bit(PosixSignal signal) => 1UL << (Number(signal) - 1);

    // .NET's own handlers would replace the disposition that nohup has set.
    private static ulong IgnoredOnLinux()
    {
        const string Status = "/proc/self/status";
        const string Field = "SigIgn:";
        var line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : Convert.ToUInt64(line[Field.Length..].Trim(), 16);
    }
}
