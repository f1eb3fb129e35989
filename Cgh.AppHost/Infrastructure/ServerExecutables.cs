using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost.Infrastructure;

/// <summary>The servers' programs on this machine, as names or paths.</summary>
internal sealed record ServerExecutables
{
    public const string RedisSetting = "Infrastructure:RedisServer";

    public const string RabbitMqSetting = "Infrastructure:RabbitMqServer";

    public string Redis { get; init; } = "redis-server";

    public string RabbitMq { get; init; } = "rabbitmq-server";

    public static ServerExecutables Read(IConfiguration configuration) => new()
    {
        Redis = configuration[RedisSetting] ?? "redis-server",
        RabbitMq = configuration[RabbitMqSetting] ?? DefaultRabbitMq(),
    };

    // Debian's rabbitmq-server on the PATH requires root or the rabbitmq user; the script it wraps does not.
    private static string DefaultRabbitMq()
    {
        const string Unprivileged = "/usr/lib/rabbitmq/bin/rabbitmq-server";
        return File.Exists(Unprivileged) ? Unprivileged : "rabbitmq-server";
    }
}
