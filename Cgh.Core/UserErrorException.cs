namespace Cgh.Core;

/// <summary>
/// An error that the user can fix. The message is a line that says what is wrong, where, and how to fix it, or several such lines;
/// command lines print it without a stack trace and exit with <see cref="ExitCode"/>.
/// </summary>
public sealed class UserErrorException : Exception
{
    // Room for several paths of the maximum length. What quotes a user's text should shorten it much further.
    private const int MaxLength = 20_000;

    public UserErrorException(string message, Exception? inner = null)
        : base(string.Join('\n', message.Split('\n').Select(line => UserText.Shortened(line, MaxLength))), inner)
    {
    }

    /// <summary>
    /// Exit code of the command line: 1 for a failure, 2 for an invalid request (an unknown name, a value out of range), 4 for a
    /// required server that cannot be reached.
    /// </summary>
    public int ExitCode { get; private init; } = 1;

    /// <summary>Whether a retry would fail the same way.</summary>
    public bool IsFinal { get; private init; }

    /// <summary>Creates an error that a retry cannot fix, such as a training run that diverges.</summary>
    public static UserErrorException Final(string message) => new(message) { IsFinal = true };

    /// <summary>Creates an error for an invalid request: an unknown name, a value out of range, conflicting options.</summary>
    public static UserErrorException Usage(string message) => new(message) { ExitCode = 2, IsFinal = true };

    /// <summary>Creates an error for an invalid request with several failures, one per line.</summary>
    public static UserErrorException Usage(IEnumerable<string> failures) => Usage(string.Join('\n', failures));

    /// <summary>Creates an error for the name of something that does not exist but may appear, such as when a share is mounted again.</summary>
    public static UserErrorException NotFound(string message) => new(message) { ExitCode = 2 };

    /// <summary>Creates an error for a server that is not responding or denies access; the same request may succeed later.</summary>
    public static UserErrorException Unreachable(string message, Exception? inner = null) => new(message, inner) { ExitCode = 4 };
}
