using Cgh.Core;
using Cgh.ServiceDefaults;

namespace Cgh.Standalone;

/// <summary>Settings of the embedded run store, section <c>EmbeddedStore</c>, for a program that reads it beside this one.</summary>
internal sealed record EmbeddedStoreOptions
{
    private const string Section = "EmbeddedStore";

    /// <summary>Port of 127.0.0.1; by default any free one.</summary>
    public int? Port { get; init; }

    /// <summary>Password of the clients; by default none is needed.</summary>
    public string? Password { get; init; }

    /// <exception cref="UserErrorException">A setting is invalid.</exception>
    public static EmbeddedStoreOptions Read(IConfiguration configuration)
    {
        SettingNames.Check<EmbeddedStoreOptions>(configuration.GetSection(Section));
        try
        {
            var options = configuration.GetSection(Section).Get<EmbeddedStoreOptions>() ?? new EmbeddedStoreOptions();
            if (options.Port is < 1 or > 65535)
            {
                throw UserErrorException.Usage($"{Section}:{nameof(Port)} must be between 1 and 65535 (it is {options.Port}).");
            }

            // The address has the password among options that commas separate.
            return options.Password?.Contains(',') == true
                ? throw UserErrorException.Usage($"{Section}:{nameof(Password)} must not contain a comma.")
                : options;
        }
        catch (InvalidOperationException)
        {
            throw UserErrorException.Usage($"{Section}:{nameof(Port)} must be an integer (got '{configuration[$"{Section}:{nameof(Port)}"]}').");
        }
    }
}
