using System.Security.Cryptography;
using Cgh.ServiceDefaults;

namespace Cgh.AppHost;

/// <summary>What this program and the services share so that it can command them, generated at each start.</summary>
/// <param name="ControlKey">The key of <see cref="ControlApi"/>.</param>
/// <param name="Instance">The name by which the pages of this start are recognised.</param>
/// <param name="StorePort">In embedded mode: the port of the run store, on 127.0.0.1.</param>
/// <param name="StorePassword">In embedded mode: its password.</param>
internal sealed record LaboratoryAccess(string ControlKey, string Instance, int StorePort, string StorePassword)
{
    /// <summary>The address of the embedded run store.</summary>
    public string StoreAddress => $"127.0.0.1:{StorePort},password={StorePassword}";

    public static LaboratoryAccess New() => new(Secret(), Secret(), LocalPorts.AnyFree(), Secret());

    private static string Secret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
