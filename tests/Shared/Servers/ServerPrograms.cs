namespace Cgh.Tests;

/// <summary>Where the servers' programs are; null where they are not.</summary>
public static class ServerPrograms
{
    /// <summary>The environment's CGH_REDIS_SERVER, else on the path.</summary>
    public static string? Redis() => Named("CGH_REDIS_SERVER") ?? OnPath("redis-server");

    /// <summary>
    /// The environment's CGH_RABBITMQ_SERVER, else where Debian puts the server's own script: the one on the path changes to
    /// the user rabbitmq and uses the system's folders.
    /// </summary>
    public static string? RabbitMq() => Named("CGH_RABBITMQ_SERVER") ?? new[] { "/usr/lib/rabbitmq/bin/rabbitmq-server" }.FirstOrDefault(File.Exists);

    /// <summary>The value of an environment variable that names a program.</summary>
    public static string? Named(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? named : null;

    /// <summary>The first of these names that is on the path.</summary>
    public static string? OnPath(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
