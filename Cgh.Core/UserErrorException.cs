namespace Cgh.Core;

/// <summary>
/// An error that the user can mend. The message is one line that says what is wrong, where, and what to do;
/// command lines print it without a stack trace and end with <see cref="ExitCode"/>.
/// </summary>
public sealed class UserErrorException : Exception
{
    public UserErrorException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>
    /// 1 for a failure, 2 for a command line or file that asks for something that does not exist, 4 when a server that is
    /// needed cannot be reached.
    /// </summary>
    public int ExitCode { get; private init; } = 1;

    /// <summary>Whether trying the same again would end the same way.</summary>
    public bool IsFinal { get; private init; }

    /// <summary>Trying the same again would end the same way, such as a training that diverges.</summary>
    public static UserErrorException Final(string message) => new(message) { IsFinal = true };

    /// <summary>The request itself is wrong: an unknown name, a value out of range, options that exclude each other.</summary>
    public static UserErrorException Usage(string message) => new(message) { ExitCode = 2, IsFinal = true };

    /// <summary>A server does not answer, or does not let us in: the same request may succeed later.</summary>
    public static UserErrorException Unreachable(string message, Exception? inner = null) => new(message, inner) { ExitCode = 4 };
}
