using System.Globalization;
using Cgh.Core;

namespace Cgh.Trainer.Data;

/// <summary>The number of threads that decode a dataset's images during training. It belongs to the machine, not to the run: no result depends on it.</summary>
internal static class DecodeThreads
{
    /// <summary>Environment variable with the number.</summary>
    public const string Variable = "CGH_DECODE_THREADS";

    // More are rarely needed, and several runs may share the machine.
    private const int DefaultMax = 4;

    private const int Max = 256;

    /// <summary>The number of threads.</summary>
    /// <exception cref="UserErrorException"><see cref="Variable"/> is not a valid number.</exception>
    public static int Count => Parse(Environment.GetEnvironmentVariable(Variable), Environment.ProcessorCount);

    internal static int Parse(string? value, int processors)
    {
        if (string.IsNullOrEmpty(value))
        {
            return Math.Min(processors, DefaultMax);
        }

        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is > 0 and <= Max
            ? threads
            : throw UserErrorException.Usage($"{Variable} must be an integer from 1 to {Max}, or unset (it is '{UserText.Shortened(value)}').");
    }
}
