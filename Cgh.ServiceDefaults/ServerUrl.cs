namespace Cgh.ServiceDefaults;

/// <summary>The address of a server with a user and a password, such as <c>amqp://USER:PASSWORD@HOST:PORT/PATH</c>.</summary>
/// <param name="User">The decoded user; empty if there is none.</param>
/// <param name="Password">The decoded password; null if there is none.</param>
/// <param name="Server">The address without both.</param>
internal sealed record ServerUrl(string User, string? Password, Uri Server)
{
    private const string AfterScheme = "://";

    public static bool HasScheme(string given) => given.Contains(AfterScheme, StringComparison.Ordinal);

    /// <summary>Parses the address; null if it is invalid. Characters of the password may be percent-encoded, but need not be.</summary>
    /// <param name="given">The address.</param>
    /// <param name="pathMayHaveAt">Whether an @ after a / can belong to the path, so that it belongs to the password only if there is no other.</param>
    public static ServerUrl? Parse(string given, bool pathMayHaveAt)
    {
        var begin = given.IndexOf(AfterScheme, StringComparison.Ordinal) + AfterScheme.Length;
        var path = given.IndexOfAny(['/', '?', '#'], begin);
        var at = pathMayHaveAt && path >= 0 ? given.LastIndexOf('@', path) : -1;
        if (at < begin)
        {
            at = given.LastIndexOf('@');
        }

        var (info, server) = at < begin ? ("", given) : (given[begin..at], string.Concat(given.AsSpan(0, begin), given.AsSpan(at + 1)));
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Host.Length == 0)
        {
            return null;
        }

        var colon = info.IndexOf(':');
        return colon < 0
            ? new ServerUrl(Uri.UnescapeDataString(info), Password: null, address)
            : new ServerUrl(Uri.UnescapeDataString(info[..colon]), Uri.UnescapeDataString(info[(colon + 1)..]), address);
    }
}
