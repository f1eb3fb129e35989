using Cgh.Trainer.Training;

namespace Cgh.Trainer.Commands;

/// <summary>Reads a supervisor's stop requests from standard input.</summary>
internal static class StopRequestReader
{
    /// <summary>Reads stop requests on a background thread: a line <c>cancel</c> cancels, <c>pause</c> pauses, the end of the input interrupts.</summary>
    public static void Follow(TextReader input, StopSignal stop) =>
        new Thread(() => Read(input, stop)) { IsBackground = true, Name = "stop requests" }.Start();

    private static void Read(TextReader input, StopSignal stop)
    {
        try
        {
            while (input.ReadLine() is { } line)
            {
                switch (line.Trim())
                {
                    case "cancel":
                        stop.Cancel();
                        return;
                    case "pause":
                        stop.Pause();
                        return;
                }
            }

            stop.Interrupt();
        }
        catch (ObjectDisposedException)
        {
            // The attempt has ended.
        }
    }
}
