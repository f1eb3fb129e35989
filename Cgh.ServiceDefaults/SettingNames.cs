using Cgh.Core;
using Microsoft.Extensions.Configuration;

namespace Cgh.ServiceDefaults;

/// <summary>Rejects misspelt settings, which the configuration binder would ignore.</summary>
public static class SettingNames
{
    /// <summary>Compares the keys of a section with the properties that can be set on its options.</summary>
    /// <param name="section">The section.</param>
    /// <param name="former">Former names, which are accepted too.</param>
    /// <exception cref="UserErrorException">A key is unknown. Every unknown key has a line.</exception>
    public static void Check<TOptions>(IConfigurationSection section, params IReadOnlyList<string> former)
    {
        var names = typeof(TOptions).GetProperties().Where(property => property.SetMethod is { IsPublic: true }).Select(property => property.Name).ToArray();
        var unknown = section.GetChildren()
            .Select(setting => setting.Key)
            .Where(key => !names.Concat(former).Contains(key, StringComparer.OrdinalIgnoreCase))
            .Select(key => $"Unknown setting '{section.Path}:{key}'.{NearestName.Suggest(key, names)}")
            .ToArray();
        if (unknown.Length > 0)
        {
            throw UserErrorException.Usage(unknown);
        }
    }
}
