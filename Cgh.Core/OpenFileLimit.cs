using System.Globalization;
using System.Runtime.InteropServices;

namespace Cgh.Core;

/// <summary>
/// How many files the process may have open. The runtime loads its own libraries when they are first needed: with a low limit that fails anywhere, even
/// while an error is printed, and may end the process.
/// </summary>
public static partial class OpenFileLimit
{
    /// <summary>The smallest limit with which programs start. Alone, the runtime, its libraries and packing on two cores need about 95.</summary>
    public const int Minimum = 128;

    /// <summary>The error if the limit is below <see cref="Minimum"/>; null if it is not, or the system has none.</summary>
    internal static string? Failure() => Failure(Minimum);

    /// <summary>Checks the limit of a program that needs more than <see cref="Minimum"/>.</summary>
    /// <exception cref="UserErrorException">It is below <paramref name="minimum"/>.</exception>
    public static void Require(int minimum)
    {
        if (Failure(minimum) is { } failure)
        {
            throw new UserErrorException(failure);
        }
    }

    private static string? Failure(int minimum) => Current() is { } limit && limit < (ulong)minimum
        ? string.Create(
            CultureInfo.InvariantCulture, $"This process may open only {limit} files, and {minimum} are needed. Raise the limit, such as with: ulimit -n 1024")
        : null;

    private static ulong? Current()
    {
        const int Linux = 7;
        const int MacOS = 8;
        return !OperatingSystem.IsWindows() && GetLimit(OperatingSystem.IsMacOS() ? MacOS : Linux, out var limit) == 0 ? limit.Soft : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
