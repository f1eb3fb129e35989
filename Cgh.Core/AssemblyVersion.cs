using System.Reflection;

namespace Cgh.Core;

/// <summary>Versions of programs and libraries.</summary>
public static class AssemblyVersion
{
    /// <summary>The version without the commit after '+'; empty if the assembly has none.</summary>
    public static string Of(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return (version ?? assembly.GetName().Version?.ToString() ?? "").Split('+')[0];
    }
}
